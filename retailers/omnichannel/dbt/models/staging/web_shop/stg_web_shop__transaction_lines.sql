-- One row per landed row of order_lines.

with source as (

    {{ shopkeeper.typed_source('web_shop', 'order_lines') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'web-' || order_id || '-' || cast(line_number as string) as transaction_line_id,
        'web-' || order_id as transaction_id,
        product_id,
        cast(unit_quantity as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        net_amount,
        discount_amount as coupon_discount_amount
    from source

)

select * from renamed
