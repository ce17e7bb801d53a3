-- One row per landed answer of a household.

with source as (

    {{ shopkeeper.typed_source('crm', 'households') }}

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        household_id,

        -- attributes
        income as income_band,
        home_ownership,
        household_size as household_size_band,
        household_comp as household_composition,
        kids_count as kids_count_band
    from source

)

select * from renamed
