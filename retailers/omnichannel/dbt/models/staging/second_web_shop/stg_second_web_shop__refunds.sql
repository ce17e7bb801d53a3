-- One row per landed row of refunds.

with source as (

    {{ shopkeeper.typed_source('second_web_shop', 'refunds') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-web-' || refund_id as refund_id,
        'second-web-' || order_id as transaction_id,
        'second-web-' || order_id || '-' || cast(line_number as string) as transaction_line_id,
        amount as refund_amount,
        refunded_at,
        reason as refund_reason
    from source

)

select * from renamed
