-- One row per store, as its feeds say now.

{{ config(materialized='view') }}

with current_stores as (

    {{ current_rows('stores') }}

)

select * from current_stores
