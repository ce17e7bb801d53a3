-- One row per changed transaction that has lines: what they add up to.

{{ config(materialized='view') }}

with lines as (

    select * from {{ ref('int_sales__measured_lines') }}

),

totals as (

    select
        transaction_id,
        count(*) as line_count,
        count(*) filter (where line_type = 'sale') as sale_line_count,
        count(*) filter (where line_type = 'sale' and loyalty_discount > 0) as discounted_line_count,
        max(line_type = 'return') as has_return,
        cast(sum(gross_amount) as decimal(18, 2)) as gross_amount,
        cast(sum(loyalty_discount) as decimal(18, 2)) as loyalty_discount_amount,
        cast(sum(promotion_discount) as decimal(18, 2)) as promotion_discount_amount,
        cast(sum(coupon_discount) as decimal(18, 2)) as coupon_discount_amount,
        cast(sum(net_amount) as decimal(18, 2)) as net_amount,
        cast(sum(third_party_discount) as decimal(18, 2)) as third_party_discount_amount,
        cast(sum(net_amount - third_party_discount) as decimal(18, 2)) as paid_amount,
        cast(sum(coalesce(freight_amount, 0)) as decimal(18, 2)) as freight_amount,
        cast(sum(coalesce(tax_amount, 0)) as decimal(18, 2)) as tax_amount,
        max(known_currency_code) as currency_code
    from lines
    group by transaction_id

)

select * from totals
