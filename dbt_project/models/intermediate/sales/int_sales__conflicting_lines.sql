-- One row per landed line that contradicts another about the same line or transaction; none of them counts.

{{ config(
    materialized='incremental', incremental_strategy='by_transaction', on_schema_change='fail', database='warehouse',
    changed_in='int_sales__changed_transactions'
) }}

-- depends_on: {{ ref('int_sales__changed_transactions') }}

with contained_headers as (

    select * from {{ ref('int_sales__contained_headers') }}

),

repeated_lines as (

    select * from {{ ref('int_sales__repeated_lines') }}

),

lines as (

    select * from {{ ref('input__transaction_lines') }}

),

contradicted_transactions as (

    select transaction_id
    from contained_headers
    group by transaction_id
    having count(*) > 1

),

told_lines as (

    select distinct
        transaction_line_id,
        product_id,
        source_quantity,
        net_amount,
        loyalty_discount_amount,
        manufacturer_coupon_amount,
        coupon_match_amount,
        returned_transaction_id,
    from repeated_lines

),

contradicted_lines as (

    select transaction_line_id
    from told_lines
    group by transaction_line_id
    having count(*) > 1

),

conflicting_lines as (

    select
        *,
        'TRANSACTION_CONFLICT' as conflict_reason,
    from lines
    where transaction_id in (select transaction_id from contradicted_transactions)

    union all

    select
        *,
        'LINE_CONFLICT' as conflict_reason,
    from repeated_lines
    where
        transaction_line_id in (select transaction_line_id from contradicted_lines)
        and transaction_id not in (select transaction_id from contradicted_transactions)

)

select * from conflicting_lines
