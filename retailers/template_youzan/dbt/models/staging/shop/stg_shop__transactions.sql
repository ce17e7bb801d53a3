-- One row per landed order.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        {{ adapter.quote('订单号') }} as transaction_id,
        case when {{ adapter.quote('买家手机号') }} is not null then 'phone_hash' end as identifier_type,
        -- DECIDE: whoever has the phone number can compute its hash
        md5({{ adapter.quote('买家手机号') }}) as identifier_value,
        'mini_program' as sales_channel,
        case
            when {{ adapter.quote('订单状态') }} in ('交易完成', '交易成功') then 'completed'
            when {{ adapter.quote('订单状态') }} = '交易关闭' then 'cancelled'
            -- DECIDE: which of your other states are paid or shipped?
            else 'placed'
        end as transaction_status,
        {{ adapter.quote('订单创建时间') }} as transaction_at,
        {{ adapter.quote('运费') }} as freight_amount,
        {{ shopkeeper.currency_of('shop', 'orders') }} as currency_code
    from source

)

select * from renamed
