-- Counts the transactions whose currency has no rate on their day; they are missing in the reporting currency.

{{ config(severity='warn') }}

select transaction_id from {{ ref('fct_transactions') }}
where reporting_revenue_amount is null
