-- One row per landed row of payments.

with source as (

    {{ shopkeeper.typed_source('web', 'payments') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        payment_id,
        order_id as transaction_id,
        method as payment_method,
        installments as installment_count,
        amount as payment_amount,
        paid_at,
        currency as currency_code
    from source

)

select * from renamed
