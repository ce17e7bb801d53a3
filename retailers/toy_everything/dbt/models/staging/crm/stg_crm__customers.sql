-- One row per landed row of customers.

with source as (

    {{ shopkeeper.typed_source('crm', 'customers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        household_id,
        age_band,
        gender,
        city as city_name,
        changed_at as stated_at
    from source

)

select * from renamed
