-- One row per changed transaction that was not cancelled: what it and its lines add up to.

{{ config(materialized='view') }}

with headers as (

    select * from {{ ref('int_sales__headers') }}
    where coalesce(transaction_status, 'placed') <> 'cancelled'

),

lines as (

    select * from {{ ref('int_sales__measured_lines') }}

),

totals as (

    select
        headers.transaction_id,
        count(lines.transaction_id) as line_count,
        count(*) filter (where lines.line_type = 'sale') as sale_line_count,
        count(*) filter (
            where lines.line_type = 'sale' and lines.loyalty_discount > 0
        ) as discounted_line_count,
        coalesce(max(lines.line_type = 'return'), false) as has_return,
        cast(coalesce(sum(lines.gross_amount), 0) as decimal(18, 2)) as gross_amount,
        cast(coalesce(sum(lines.loyalty_discount), 0) as decimal(18, 2)) as loyalty_discount_amount,
        cast(coalesce(sum(lines.promotion_discount), 0) as decimal(18, 2)) as promotion_discount_amount,
        cast(coalesce(sum(lines.coupon_discount), 0) as decimal(18, 2)) as coupon_discount_amount,
        cast(coalesce(sum(lines.net_amount), 0) as decimal(18, 2)) as net_amount,
        cast(coalesce(sum(lines.third_party_discount), 0) as decimal(18, 2)) as third_party_discount_amount,
        cast(
            coalesce(sum(lines.net_amount - lines.third_party_discount), 0) as decimal(18, 2)
        ) as paid_amount,
        cast(
            coalesce(sum(lines.freight_amount), 0)
            + coalesce(max(headers.freight_amount), 0) as decimal(18, 2)
        ) as freight_amount,
        cast(
            coalesce(sum(lines.tax_amount), 0) + coalesce(max(headers.tax_amount), 0) as decimal(18, 2)
        ) as tax_amount,
        coalesce(max(lines.known_currency_code), max(headers.currency_code)) as currency_code
    from headers
    left join lines on headers.transaction_id = lines.transaction_id
    group by headers.transaction_id

)

select * from totals
