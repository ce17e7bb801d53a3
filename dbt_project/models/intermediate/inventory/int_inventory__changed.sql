-- One row per day whose stock this refresh adds, alters or takes away.

{{ config(enabled=is_delivered('inventory_levels')) }}

with changed as (

    {{ changed_keys('inventory_levels') }}

)

select distinct inventory_date from changed
