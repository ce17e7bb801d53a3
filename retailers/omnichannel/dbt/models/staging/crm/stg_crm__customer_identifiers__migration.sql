-- One row per landed row of customer_numbers.

with source as (

    {{ shopkeeper.typed_source('crm', 'customer_numbers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        old_customer_no as identifier_value,
        'customer_id' as linked_identifier_type,
        new_customer_no as linked_identifier_value
    from source

)

select * from renamed
