-- One row per landed order.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        {{ shopkeeper.column_name('订单号') }} as transaction_id,
        case when {{ shopkeeper.column_name('买家手机号') }} is not null then 'phone' end as identifier_type,
        {{ shopkeeper.column_name('买家手机号') }} as identifier_value,
        'mini_program' as sales_channel,
        case
            when {{ shopkeeper.column_name('订单状态') }} in ('交易完成', '交易成功') then 'completed'
            when {{ shopkeeper.column_name('订单状态') }} = '交易关闭' then 'cancelled'
            -- DECIDE: which of your other states are paid or shipped?
            else 'placed'
        end as transaction_status,
        {{ shopkeeper.column_name('订单创建时间') }} as transaction_at,
        {{ shopkeeper.column_name('运费') }} as freight_amount,
        {{ shopkeeper.currency_of('shop', 'orders') }} as currency_code
    from source

)

select * from renamed
