-- One row per line of a transaction.

{{ config(materialized='incremental', incremental_strategy='by_transaction', on_schema_change='fail', changed_in='int_sales__changed_transactions') }}

with measured_lines as (

    select * from {{ ref('int_sales__measured_lines') }}

),

lines as (

    select
        transaction_line_id,
        transaction_id,
        product_id,
        returned_transaction_id,
        line_type,
        cast(case when is_bulk_fuel then source_quantity / 1000.0 else source_quantity end as decimal(18, 3)) as unit_quantity,
        unit_of_measure,
        cast(net_amount + loyalty_discount_amount + coupon_match_amount as decimal(18, 2)) as gross_amount,
        loyalty_discount_amount,
        coupon_match_amount,
        net_amount,
        manufacturer_coupon_amount,
        cast(net_amount - manufacturer_coupon_amount as decimal(18, 2)) as paid_amount,
        currency_code,
    from measured_lines

)

select * from lines
