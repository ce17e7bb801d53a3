-- One row per landed answer of a household.

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
        {{ shopkeeper.cast_source_column('crm', 'households', 'household_id') }} as household_id,

        -- attributes
        {{ shopkeeper.cast_source_column('crm', 'households', 'age') }} as age_band,
        {{ shopkeeper.cast_source_column('crm', 'households', 'income') }} as income_band,
        {{ shopkeeper.cast_source_column('crm', 'households', 'home_ownership') }} as home_ownership,
        {{ shopkeeper.cast_source_column('crm', 'households', 'marital_status') }} as marital_status,
        {{ shopkeeper.cast_source_column('crm', 'households', 'household_size') }} as household_size_band,
        {{ shopkeeper.cast_source_column('crm', 'households', 'household_comp') }} as household_composition,
        {{ shopkeeper.cast_source_column('crm', 'households', 'kids_count') }} as kids_count_band,
    from source

)

select * from renamed
