-- One row per currency and period in which one rate holds, up to the day before `ended_date`.

{{ config(materialized='view') }}

with rates as (

    {{ present_rows('exchange_rates') }}

),

periods as (

    select
        currency_code,
        exchange_rate,
        rate_date as started_date,
        lead(rate_date, 1, cast('9999-12-31' as date)) over (
            partition by currency_code order by rate_date
        ) as ended_date
    from rates

)

select * from periods
