-- One row per landed row of erasures.

with source as (

    {{ shopkeeper.typed_source('crm', 'erasures') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        asked_at as requested_at
    from source

)

select * from renamed
