-- One row per line of a transaction that was not cancelled.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='transaction_id',
    changed_in='int_sales__changed_transactions'
) }}

-- depends_on: {{ ref('int_sales__changed_transactions') }}

with measured_lines as (

    select * from {{ ref('int_sales__measured_lines') }}

),

lines as (

    select
        batch_id,
        source_line_number,
        transaction_line_id,
        transaction_id,
        product_id,
        seller_id,
        returned_transaction_id,
        line_type,
        unit_quantity,
        unit_of_measure,
        {{ divide_amount('gross_amount', 'nullif(unit_quantity, 0)') }} as unit_price_amount,
        cast(gross_amount as decimal(18, 2)) as gross_amount,
        loyalty_discount as loyalty_discount_amount,
        promotion_discount as promotion_discount_amount,
        coupon_discount as coupon_discount_amount,
        net_amount,
        third_party_discount as third_party_discount_amount,
        cast(net_amount - third_party_discount as decimal(18, 2)) as paid_amount,
        coalesce(freight_amount, 0) as freight_amount,
        coalesce(tax_amount, 0) as tax_amount,
        known_currency_code as currency_code
    from measured_lines

)

select * from lines
