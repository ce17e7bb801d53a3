-- One row per landed line of an order.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        item_id as transaction_line_id,
        order_id as transaction_id,
        item_product_id as product_id,
        cast(item_quantity as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        item_total as net_amount,
        cast(item_subtotal - item_total as decimal(18, 2)) as coupon_discount_amount,
        item_total_tax as tax_amount,
        order_currency as currency_code
    from source

)

select * from renamed
