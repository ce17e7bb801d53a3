-- Counts the transactions that have no line yet; they have no money until one arrives.

{{ config(severity='warn') }}

select transaction_id from {{ ref('fct_transactions') }}
where line_count = 0
