-- One row per landed row of order_lines.

with source as (

    {{ shopkeeper.typed_source('web', 'order_lines') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        order_id || '-' || cast(line_no as string) as transaction_line_id,
        order_id as transaction_id,
        product_id,
        seller_id,
        cast(quantity as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        amount as net_amount,
        discount as promotion_discount_amount,
        currency as currency_code
    from source

)

select * from renamed
