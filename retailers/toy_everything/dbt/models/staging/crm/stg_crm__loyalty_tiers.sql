-- One row per landed row of tiers.

with source as (

    {{ shopkeeper.typed_source('crm', 'tiers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        since as started_date,
        tier as tier_name
    from source

)

select * from renamed
