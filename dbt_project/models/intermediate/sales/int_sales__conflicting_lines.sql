-- One row per landed line that contradicts another about the same line or transaction; none of them counts.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', database='warehouse',
    key='transaction_id', changed_in='int_sales__changed_transactions'
) }}

with conflicting_headers as (

    select * from {{ ref('int_sales__conflicting_headers') }}

),

lines as (

    select * from {{ ref('input__transaction_lines') }}
    where transaction_id in (select transaction_id from conflicting_headers)

),

contradicted_lines as (

    {{ conflicting_rows('transaction_lines', 'int_sales__changed_transactions', 'transaction_id') }}

),

conflicting_lines as (

    select
        *,
        'TRANSACTION_CONFLICT' as conflict_reason
    from lines

    union all

    select
        *,
        'LINE_CONFLICT' as conflict_reason
    from contradicted_lines
    where transaction_id not in (select transaction_id from conflicting_headers)

)

select * from conflicting_lines
