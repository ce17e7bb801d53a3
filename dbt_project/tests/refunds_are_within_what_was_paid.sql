-- Counts the transactions of which more was given back than the customer paid, with tax and freight.

{{ config(severity='warn', enabled=is_delivered('refunds')) }}

select transaction_id from {{ ref('fct_transactions') }}
where refunded_amount > 0 and refunded_amount > paid_amount + tax_amount + freight_amount
