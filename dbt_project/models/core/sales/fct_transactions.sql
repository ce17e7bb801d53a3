-- One row per transaction that was not cancelled: a basket or an order with its lines, if it has any yet.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='transaction_id',
    changed_in='int_sales__changed_transactions'
) }}

-- depends_on: {{ ref('int_sales__changed_transactions') }}

with headers as (

    select
        *,
        {{ business_date('transaction_at') }} as transaction_date
    from {{ ref('int_sales__headers') }}

),

refunded as (

    select * from {{ ref('int_sales__refunded') }}

),

rates as (

    select * from {{ ref('int_exchange_rates__periods') }}

),

totals as (

    select * from {{ ref('int_sales__totals') }}

),

transactions as (

    select
        headers.batch_id,
        headers.source_line_number,
        headers.transaction_id,
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
        totals.freight_amount,
        totals.tax_amount,
        coalesce(refunded.refunded_amount, 0) as refunded_amount,
        -- of a refund, goods and their tax come first, in the proportion that they were charged, then freight
        cast(totals.net_amount - case
            when coalesce(refunded.refunded_amount, 0) <= 0 or totals.net_amount <= 0 then 0
            when totals.tax_amount <= 0 then least(refunded.refunded_amount, totals.net_amount)
            else {{ divide_amount(
                'least(refunded.refunded_amount, totals.net_amount + totals.tax_amount) * totals.net_amount',
                '(totals.net_amount + totals.tax_amount)'
            ) }}
        end as decimal(18, 2)) as revenue_amount,
        totals.currency_code
    from headers
    inner join totals on headers.transaction_id = totals.transaction_id
    left join refunded on headers.transaction_id = refunded.transaction_id

),

valued as (

    select
        transactions.*,
        cast(case
            when transactions.currency_code = '{{ var("currency_code") }}' or transactions.revenue_amount = 0
                then transactions.revenue_amount
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
