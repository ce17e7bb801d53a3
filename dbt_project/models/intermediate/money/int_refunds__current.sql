-- One row per refund, as its feeds say now.

{{ config(materialized='view') }}

with current_refunds as (

    {{ current_rows('refunds') }}

)

select * from current_refunds
