-- One row per batch and identifier of a customer that it mentions.

with source as (

    select distinct
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        {{ shopkeeper.cast_source_column('crm', 'households', 'household_id') }} as household_id,
    from {{ source('crm', 'households') }}

),

renamed as (

    select
        -- origin
        batch_id,

        -- ids
        household_id as customer_id,
        'household_id' as identifier_type,
        household_id as identifier_value,
    from source

)

select * from renamed
