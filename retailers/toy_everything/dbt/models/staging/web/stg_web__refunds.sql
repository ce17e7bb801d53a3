-- One row per landed row of refunds.

with source as (

    {{ shopkeeper.typed_source('web', 'refunds') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        refund_id,
        order_id as transaction_id,
        amount as refund_amount,
        refunded_at,
        reason as refund_reason,
        currency as currency_code
    from source

)

select * from renamed
