-- One row per product, as its feeds say now.

{{ config(materialized='view') }}

with current_products as (

    {{ current_rows('products') }}

)

select * from current_products
