-- Counts the transactions that have no line yet; they stay, with no money, and earn as soon as a line arrives.

{{ config(severity='warn') }}

select transaction_id from {{ ref('fct_transactions') }}
where line_count = 0
