-- One row per landed row of orders.

with source as (

    {{ shopkeeper.typed_source('web', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        order_id as transaction_id,
        case
            when customer_id is not null then 'customer_id'
            when device_id is not null then 'device_id'
        end as identifier_type,
        coalesce(customer_id, device_id) as identifier_value,
        store_id,
        'web' as sales_channel,
        status as transaction_status,
        ordered_at as transaction_at,
        shipping as freight_amount,
        tax as tax_amount,
        currency as currency_code,
        updated_at as stated_at
    from source

)

select * from renamed
