-- One row per date from the first transaction to the as-of date.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

transactions as (

    select * from {{ ref('fct_transactions') }}

),

bounds as (

    select
        min(transactions.transaction_date) as first_date,
        max(refresh.as_of_date) as last_date
    from transactions
    cross join refresh

),

days as (

    {{ days_of('bounds', 'first_date', 'last_date') }}

),

dates as (

    select
        calendar_date,
        {{ week_start_date('calendar_date') }} as week_start_date,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        extract(year from calendar_date) as year_number,
        extract(month from calendar_date) as month_number,
        {{ weekday_number('calendar_date') }} as weekday_number,
        {{ weekday_number('calendar_date') }} >= 6 as is_weekend
    from days

)

select * from dates
