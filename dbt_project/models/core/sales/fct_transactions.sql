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
    where coalesce(transaction_status, 'placed') <> 'cancelled'

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
        coalesce(totals.line_count, 0) as line_count,
        coalesce(totals.sale_line_count, 0) as sale_line_count,
        coalesce(totals.discounted_line_count, 0) as discounted_line_count,
        coalesce(totals.has_return, false) as has_return,
        coalesce(totals.gross_amount, 0) as gross_amount,
        coalesce(totals.loyalty_discount_amount, 0) as loyalty_discount_amount,
        coalesce(totals.promotion_discount_amount, 0) as promotion_discount_amount,
        coalesce(totals.coupon_discount_amount, 0) as coupon_discount_amount,
        coalesce(totals.net_amount, 0) as net_amount,
        coalesce(totals.third_party_discount_amount, 0) as third_party_discount_amount,
        coalesce(totals.paid_amount, 0) as paid_amount,
        cast(
            coalesce(totals.freight_amount, 0) + coalesce(headers.freight_amount, 0) as decimal(18, 2)
        ) as freight_amount,
        cast(coalesce(totals.tax_amount, 0) + coalesce(headers.tax_amount, 0) as decimal(18, 2)) as tax_amount,
        coalesce(refunded.refunded_amount, 0) as refunded_amount,
        coalesce(totals.currency_code, headers.currency_code) as currency_code
    from headers
    left join totals on headers.transaction_id = totals.transaction_id
    left join refunded on headers.transaction_id = refunded.transaction_id

),

earned as (

    select
        *,
        -- of a refund, goods and their tax come first, in the proportion that they were charged, then freight
        cast(net_amount - case
            when refunded_amount <= 0 or net_amount <= 0 then 0
            when tax_amount <= 0 then least(refunded_amount, net_amount)
            else {{ divide_amount('least(refunded_amount, net_amount + tax_amount) * net_amount', '(net_amount + tax_amount)') }}
        end as decimal(18, 2)) as revenue_amount
    from transactions

),

valued as (

    select
        earned.*,
        cast(case
            when earned.currency_code = '{{ var("currency_code") }}' or earned.revenue_amount = 0
                then earned.revenue_amount
            else earned.revenue_amount * rates.exchange_rate
        end as decimal(18, 2)) as reporting_revenue_amount,
        '{{ var("currency_code") }}' as reporting_currency_code
    from earned
    left join rates
        on
            earned.currency_code = rates.currency_code
            and earned.transaction_date >= rates.started_date
            and earned.transaction_date < rates.ended_date

)

select * from valued
