-- One row per landed order: its goods as one line, since the report has no other.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        {{ adapter.quote('订单号') }} as transaction_line_id,
        {{ adapter.quote('订单号') }} as transaction_id,
        cast(1 as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        cast({{ adapter.quote('商品金额合计') }} - coalesce({{ adapter.quote('店铺优惠合计') }}, 0) as decimal(18, 2)) as net_amount,
        {{ adapter.quote('店铺优惠合计') }} as promotion_discount_amount,
        {{ shopkeeper.currency_of('shop', 'orders') }} as currency_code
    from source

)

select * from renamed
