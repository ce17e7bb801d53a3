-- One row per household, as its feeds say now.

{{ config(materialized='view') }}

with current_households as (

    {{ current_rows('households') }}

)

select * from current_households
