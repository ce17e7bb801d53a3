-- One row per customer who has bought: when, how often and how much.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

transactions as (

    select * from {{ ref('feat_customers__transactions') }}

),

buyers as (

    select distinct customer_id from transactions
    where revenue_amount > 0

),

totals as (

    select
        customer_id,
        min(transaction_date) as first_date,
        max(transaction_date) as last_date,
        count(*) as transaction_count,
        count(distinct transaction_date) as purchase_day_count,
        count(distinct store_id) as store_count,
        sum(revenue_amount) as net_amount,
        sum(sale_line_count) as line_count,
        count(*) filter (where {{ weekday_number('transaction_date') }} >= 6) as weekend_transaction_count,
        max(currency_code) as currency_code
    from transactions
    where customer_id in (select customer_id from buyers)
    group by customer_id

),

features as (

    select
        totals.customer_id,
        {{ days_between('totals.last_date', 'refresh.as_of_date') }} as recency_day_count,
        {{ days_between('totals.first_date', 'refresh.as_of_date') }} as tenure_day_count,
        totals.transaction_count,
        totals.purchase_day_count,
        totals.store_count,
        cast(totals.net_amount as decimal(18, 2)) as net_amount,
        {{ divide_amount('totals.net_amount', 'totals.transaction_count') }} as average_transaction_amount,
        totals.line_count / totals.transaction_count as average_line_count,
        totals.weekend_transaction_count / totals.transaction_count as weekend_transaction_rate,
        totals.currency_code
    from totals
    cross join refresh

)

select * from features
