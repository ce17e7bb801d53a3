-- One row per touchpoint, as its feeds say now.

{{ config(materialized='view') }}

with current_touchpoints as (

    {{ current_rows('touchpoints') }}

)

select * from current_touchpoints
