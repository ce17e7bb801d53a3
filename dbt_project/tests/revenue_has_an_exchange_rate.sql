-- Counts the transactions whose currency has no rate on their day; their reporting revenue is null.

{{ config(severity='warn') }}

select transaction_id from {{ ref('fct_transactions') }}
where reporting_revenue_amount is null
