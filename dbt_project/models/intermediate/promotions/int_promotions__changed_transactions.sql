-- One row per transaction whose exposures may change: it did itself, or the promotions of its day.

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

changed_periods as (

    {{ changed_keys('promotions') }}

),

transactions as (

    select
        transaction_id,
        {{ business_date('transaction_at') }} as transaction_date
    from {{ ref('input__transactions') }}

),

changed_days as (

    select distinct sales_days.transaction_date
    from (select distinct transaction_date from transactions) as sales_days
    inner join changed_periods
        on sales_days.transaction_date between changed_periods.started_date and changed_periods.ended_date

),

changed as (

    select transaction_id from changed_transactions

    union

    select transaction_id from transactions
    where transaction_date in (select transaction_date from changed_days)

)

select * from changed
