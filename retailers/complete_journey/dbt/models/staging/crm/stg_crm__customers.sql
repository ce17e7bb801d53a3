-- One row per landed record of a customer; this retailer knows a customer as a household.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('crm', 'households') }}

),

renamed as (

    select
        -- origin
        batch_id,
        _line_number as source_line_number,

        -- ids
        {{ shopkeeper.cast_source_column('crm', 'households', 'household_id') }} as customer_id,
        {{ shopkeeper.cast_source_column('crm', 'households', 'household_id') }} as household_id,
    from source

)

select * from renamed
