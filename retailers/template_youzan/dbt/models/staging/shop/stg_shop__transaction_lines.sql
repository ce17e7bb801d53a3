-- One row per landed order: its goods as one line, since the report has no other.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        {{ shopkeeper.column_name('订单号') }} as transaction_line_id,
        {{ shopkeeper.column_name('订单号') }} as transaction_id,
        cast(1 as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        cast(
            {{ shopkeeper.column_name('商品金额合计') }}
            - coalesce({{ shopkeeper.column_name('店铺优惠合计') }}, 0)
            as decimal(18, 2)
        ) as net_amount,
        {{ shopkeeper.column_name('店铺优惠合计') }} as promotion_discount_amount,
        {{ shopkeeper.currency_of('shop', 'orders') }} as currency_code
    from source

)

select * from renamed
