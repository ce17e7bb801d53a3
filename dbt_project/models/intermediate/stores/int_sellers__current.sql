-- One row per seller, as its feeds say now.

{{ config(materialized='view') }}

with current_sellers as (

    {{ current_rows('sellers') }}

)

select * from current_sellers
