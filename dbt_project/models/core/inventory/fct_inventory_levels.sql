-- One row per day, store or warehouse, and product: its stock.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='inventory_date',
    changed_in='int_inventory__changed', enabled=is_delivered('inventory_levels')
) }}

-- depends_on: {{ ref('int_inventory__changed') }}

with current_levels as (

    {{ present_rows('inventory_levels', 'int_inventory__changed') }}

),

levels as (

    select
        batch_id,
        source_line_number,
        inventory_date,
        store_id,
        product_id,
        on_hand_quantity,
        available_quantity,
        unit_of_measure
    from current_levels

)

select * from levels
