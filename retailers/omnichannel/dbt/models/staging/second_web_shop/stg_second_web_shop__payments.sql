-- One row per landed row of payments.

with source as (

    {{ shopkeeper.typed_source('second_web_shop', 'payments') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-web-' || payment_id as payment_id,
        'second-web-' || order_id as transaction_id,
        method as payment_method,
        amount as payment_amount,
        paid_at
    from source

)

select * from renamed
