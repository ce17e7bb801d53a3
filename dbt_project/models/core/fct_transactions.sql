-- One row per transaction: a basket paid at a till, or given back.

{{ config(
    materialized='incremental', incremental_strategy='by_transaction', on_schema_change='fail',
    changed_in='int_sales__changed_transactions', post_hook='{{ relink_customers(this) }}'
) }}

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

headers as (

    select * from {{ ref('int_sales__contained_headers') }}

),

lines as (

    select * from {{ ref('fct_transaction_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

identities as (

    select * from {{ ref('stg_models__customer_identities') }}
    where identifier_type = 'household_id'

),

totals as (

    select
        transaction_id,
        count(*) as line_count,
        count(*) filter (where line_type = 'sale') as sale_line_count,
        count(*) filter (where line_type = 'sale' and loyalty_discount_amount > 0) as discounted_line_count,
        max(unit_of_measure = 'gallon') as has_fuel,
        max(line_type = 'return') as has_return,
        cast(sum(gross_amount) as decimal(18, 2)) as gross_amount,
        cast(sum(loyalty_discount_amount) as decimal(18, 2)) as loyalty_discount_amount,
        cast(sum(coupon_match_amount) as decimal(18, 2)) as coupon_match_amount,
        cast(sum(net_amount) as decimal(18, 2)) as net_amount,
        cast(sum(manufacturer_coupon_amount) as decimal(18, 2)) as manufacturer_coupon_amount,
        cast(sum(paid_amount) as decimal(18, 2)) as paid_amount,
        max(currency_code) as currency_code,
    from lines
    group by transaction_id

),

transactions as (

    select
        totals.transaction_id,
        identities.customer_id,
        headers.household_id,
        headers.store_id,
        headers.transaction_at,
        {{ business_date('headers.transaction_at') }} as transaction_date,
        totals.line_count,
        totals.sale_line_count,
        totals.discounted_line_count,
        totals.has_fuel,
        totals.has_return,
        totals.gross_amount,
        totals.loyalty_discount_amount,
        totals.coupon_match_amount,
        totals.net_amount,
        totals.manufacturer_coupon_amount,
        totals.paid_amount,
        totals.currency_code,
    from totals
    inner join headers on totals.transaction_id = headers.transaction_id
    left join identities on headers.household_id = identities.identifier_value

)

select * from transactions
