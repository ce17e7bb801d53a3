-- One row per line of a transaction with what it earned.

{{ config(enabled=is_delivered('product_prices')) }}

with lines as (

    select * from {{ ref('fct_transaction_lines') }}

),

transactions as (

    select * from {{ ref('fct_transactions') }}

),

prices as (

    select * from {{ ref('fct_product_prices') }}

),

refunds as (

    select
        transaction_line_id,
        cast(sum(refund_amount) as decimal(18, 2)) as refunded_amount
    from ({{ present_rows('refunds') }}) as current_refunds
    where transaction_line_id is not null
    group by transaction_line_id

),

costed as (

    select
        lines.transaction_line_id,
        lines.transaction_id,
        lines.product_id,
        transactions.transaction_date,
        lines.unit_quantity,
        lines.net_amount,
        coalesce(refunds.refunded_amount, 0) as refunded_amount,
        prices.unit_cost_amount,
        cast(lines.unit_quantity * prices.unit_cost_amount as decimal(18, 2)) as cost_amount,
        lines.currency_code
    from lines
    inner join transactions on lines.transaction_id = transactions.transaction_id
    left join prices
        on
            lines.product_id = prices.product_id
            and lines.currency_code = prices.currency_code
            and transactions.transaction_date >= prices.started_date
            and transactions.transaction_date < prices.ended_date
    left join refunds on lines.transaction_line_id = refunds.transaction_line_id

),

margins as (

    select
        *,
        cast(net_amount - refunded_amount - cost_amount as decimal(18, 2)) as margin_amount
    from costed

)

select * from margins
