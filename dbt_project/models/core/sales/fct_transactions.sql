-- One row per transaction that was not cancelled: a basket or an order with its lines.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='transaction_id',
    changed_in='int_sales__changed_transactions'
) }}

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

headers as (

    select
        *,
        {{ business_date('transaction_at') }} as transaction_date
    from {{ ref('int_sales__headers') }}

),

lines as (

    select * from {{ ref('fct_transaction_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

refunded as (

    select * from {{ ref('int_sales__refunded') }}

),

rates as (

    select * from {{ ref('int_exchange_rates__periods') }}

),

totals as (

    select
        transaction_id,
        count(*) as line_count,
        count(*) filter (where line_type = 'sale') as sale_line_count,
        count(*) filter (where line_type = 'sale' and loyalty_discount_amount > 0) as discounted_line_count,
        max(line_type = 'return') as has_return,
        cast(sum(gross_amount) as decimal(18, 2)) as gross_amount,
        cast(sum(loyalty_discount_amount) as decimal(18, 2)) as loyalty_discount_amount,
        cast(sum(promotion_discount_amount) as decimal(18, 2)) as promotion_discount_amount,
        cast(sum(coupon_discount_amount) as decimal(18, 2)) as coupon_discount_amount,
        cast(sum(net_amount) as decimal(18, 2)) as net_amount,
        cast(sum(third_party_discount_amount) as decimal(18, 2)) as third_party_discount_amount,
        cast(sum(paid_amount) as decimal(18, 2)) as paid_amount,
        cast(sum(freight_amount) as decimal(18, 2)) as freight_amount,
        cast(sum(tax_amount) as decimal(18, 2)) as tax_amount,
        max(currency_code) as currency_code
    from lines
    group by transaction_id

),

transactions as (

    select
        headers.batch_id,
        headers.source_line_number,
        totals.transaction_id,
        headers.identifier_type,
        headers.identifier_value,
        headers.store_id,
        headers.sales_channel,
        headers.transaction_status,
        headers.transaction_at,
        headers.transaction_date,
        totals.line_count,
        totals.sale_line_count,
        totals.discounted_line_count,
        totals.has_return,
        totals.gross_amount,
        totals.loyalty_discount_amount,
        totals.promotion_discount_amount,
        totals.coupon_discount_amount,
        totals.net_amount,
        totals.third_party_discount_amount,
        totals.paid_amount,
        cast(totals.freight_amount + coalesce(headers.freight_amount, 0) as decimal(18, 2)) as freight_amount,
        cast(totals.tax_amount + coalesce(headers.tax_amount, 0) as decimal(18, 2)) as tax_amount,
        coalesce(refunded.refunded_amount, 0) as refunded_amount,
        cast(totals.net_amount - coalesce(refunded.refunded_amount, 0) as decimal(18, 2)) as revenue_amount,
        totals.currency_code
    from totals
    inner join headers on totals.transaction_id = headers.transaction_id
    left join refunded on totals.transaction_id = refunded.transaction_id

),

valued as (

    select
        transactions.*,
        cast(case
            when transactions.currency_code = '{{ var("currency_code") }}' then transactions.revenue_amount
            else transactions.revenue_amount * rates.exchange_rate
        end as decimal(18, 2)) as reporting_revenue_amount,
        '{{ var("currency_code") }}' as reporting_currency_code
    from transactions
    left join rates
        on
            transactions.currency_code = rates.currency_code
            and transactions.transaction_date >= rates.started_date
            and transactions.transaction_date < rates.ended_date

)

select * from valued
