-- One row per line that counts in a changed transaction, with its shelf price and its type.

{{ config(materialized='view') }}

with current_lines as (

    select * from {{ ref('int_sales__current_lines') }}
    where gone_since_date is null

),

headers as (

    select * from {{ ref('int_sales__headers') }}
    where coalesce(transaction_status, 'placed') <> 'cancelled'

),

counted as (

    select
        current_lines.*,
        coalesce(current_lines.currency_code, headers.currency_code) as known_currency_code,
        coalesce(current_lines.loyalty_discount_amount, 0) as loyalty_discount,
        coalesce(current_lines.promotion_discount_amount, 0) as promotion_discount,
        coalesce(current_lines.coupon_discount_amount, 0) as coupon_discount,
        coalesce(current_lines.third_party_discount_amount, 0) as third_party_discount
    from current_lines
    inner join headers on current_lines.transaction_id = headers.transaction_id

),

typed as (

    select
        *,
        net_amount + loyalty_discount + promotion_discount + coupon_discount as gross_amount,
        case
            when returned_transaction_id is not null then 'return'
            when unit_quantity > 0 then 'sale'
            when unit_quantity < 0 then 'return'
            when net_amount <> 0 then 'adjustment'
            when third_party_discount <> 0 then 'coupon'
            else 'void'
        end as line_type
    from counted

)

select * from typed
