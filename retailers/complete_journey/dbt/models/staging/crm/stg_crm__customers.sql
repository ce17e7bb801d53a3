-- One row per landed answer of a household; this retailer knows a customer as a household.

with source as (

    {{ shopkeeper.typed_source('crm', 'households') }}

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        'household_id' as identifier_type,
        household_id as identifier_value,
        household_id,

        -- attributes
        age as age_band,
        marital_status
    from source

)

select * from renamed
