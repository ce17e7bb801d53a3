-- One row per landed row of orders.

with source as (

    {{ shopkeeper.typed_source('second_web_shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-web-' || order_id as transaction_id,
        case when account is not null then 'account_id' end as identifier_type,
        account as identifier_value,
        channel as sales_channel,
        'placed' as transaction_status,
        ordered_at as transaction_at,
        delivery_amount as freight_amount,
        currency as currency_code
    from source

)

select * from renamed
