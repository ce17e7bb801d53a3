-- One row per day and currency, as its feeds say now.

{{ config(materialized='view') }}

with current_exchange_rates as (

    {{ current_rows('exchange_rates') }}

)

select * from current_exchange_rates
