-- One row per line of a transaction.

{{ config(
    materialized='incremental', incremental_strategy='by_transaction', on_schema_change='fail',
    changed_in='int_sales__changed_transactions'
) }}

-- depends_on: {{ ref('int_sales__changed_transactions') }}

with measured_lines as (

    select * from {{ ref('int_sales__measured_lines') }}

),

quantities as (

    select
        *,
        case when is_fuel_by_volume then 'gallon' else 'piece' end as unit_of_measure,
        case when is_fuel_by_volume then 0.001 else 1 end as unit_size
    from measured_lines

),

units as (

    select
        *,
        cast(source_quantity * unit_size as decimal(18, 3)) as unit_quantity
    from quantities

),

lines as (

    select
        transaction_line_id,
        transaction_id,
        product_id,
        returned_transaction_id,
        line_type,
        unit_quantity,
        unit_of_measure,
        {{ divide_amount('gross_amount', 'nullif(unit_quantity, 0)') }} as unit_price_amount,
        cast(gross_amount as decimal(18, 2)) as gross_amount,
        loyalty_discount_amount,
        coupon_match_amount,
        net_amount,
        manufacturer_coupon_amount,
        cast(net_amount - manufacturer_coupon_amount as decimal(18, 2)) as paid_amount,
        currency_code
    from units

)

select * from lines
