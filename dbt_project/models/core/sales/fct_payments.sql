-- One row per payment.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='payment_id',
    changed_in='int_payments__changed', enabled=is_delivered('payments')
) }}

-- depends_on: {{ ref('int_payments__changed') }}

with payments as (

    {{ present_rows('payments', 'int_payments__changed') }}

),

paid as (

    select
        batch_id,
        source_line_number,
        payment_id,
        transaction_id,
        payment_method,
        installment_count,
        payment_amount,
        currency_code,
        paid_at
    from payments

)

select * from paid
