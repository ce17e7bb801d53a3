-- One row per landed row of receipt_lines.

with source as (

    {{ shopkeeper.typed_source('pos', 'receipt_lines') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'pos-' || receipt_no || '-' || cast(line_no as string) as transaction_line_id,
        'pos-' || receipt_no as transaction_id,
        article as product_id,
        cast(qty as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        amount as net_amount,
        case when coupon is null then discount end as promotion_discount_amount,
        case when coupon is not null then discount end as coupon_discount_amount,
        currency as currency_code
    from source

)

select * from renamed
