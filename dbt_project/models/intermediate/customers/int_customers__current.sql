-- One row per customer record, as its feeds say now.

{{ config(materialized='view') }}

with current_customers as (

    {{ current_rows('customers') }}

)

select * from current_customers
