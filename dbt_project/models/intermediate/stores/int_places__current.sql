-- One row per place, as its feeds say now.

{{ config(materialized='view') }}

with current_places as (

    {{ current_rows('places') }}

)

select * from current_places
