-- One row per batch and order that its lines show.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

orders as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        order_id,
        max(customer_id) as customer_id,
        max(status) as status,
        max(date) as transaction_at,
        max(shipping_total) as freight_amount,
        max(tax_total) as tax_amount,
        max(order_currency) as currency_code
    from source
    group by batch_id, order_id

),

renamed as (

    select
        batch_id,
        source_line_number,
        order_id as transaction_id,
        case when customer_id <> '0' then 'customer_id' end as identifier_type,
        case when customer_id <> '0' then customer_id end as identifier_value,
        'web' as sales_channel,
        case
            when status in ('cancelled', 'failed', 'refunded') then 'cancelled'
            when status = 'completed' then 'completed'
            when status = 'processing' then 'paid'
            else 'placed'
        end as transaction_status,
        transaction_at,
        freight_amount,
        tax_amount,
        currency_code
    from orders

)

select * from renamed
