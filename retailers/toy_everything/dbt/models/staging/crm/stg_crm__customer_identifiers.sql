-- One row per landed row of devices.

with source as (

    {{ shopkeeper.typed_source('crm', 'devices') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        'device_id' as linked_identifier_type,
        device_id as linked_identifier_value
    from source

)

select * from renamed
