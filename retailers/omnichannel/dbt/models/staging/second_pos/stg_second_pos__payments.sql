-- One row per landed row of payments.

with source as (

    {{ shopkeeper.typed_source('second_pos', 'payments') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-pos-' || payment_id as payment_id,
        'second-pos-' || receipt_no as transaction_id,
        method as payment_method,
        amount as payment_amount
    from source

)

select * from renamed
