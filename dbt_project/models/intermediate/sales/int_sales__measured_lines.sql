-- One row per accepted line, with its quantity in a named unit, its shelf price and its type.

{{ config(materialized='view') }}

with accepted_lines as (

    select * from {{ ref('int_sales__accepted_lines') }}

),

priced as (

    select
        *,
        net_amount + loyalty_discount_amount + coupon_match_amount as gross_amount,
    from accepted_lines

),

measured as (

    select
        *,
        -- no piece costs less than a cent: such a price is one of a thousandth of a gallon
        gross_amount <> 0 and abs(gross_amount) < abs(source_quantity) * 0.01 as is_fuel_by_volume,
    from priced

),

typed as (

    select
        *,
        case
            when returned_transaction_id is not null then 'return'
            when source_quantity <> 0 then 'sale'
            when net_amount <> 0 then 'adjustment'
            when manufacturer_coupon_amount <> 0 then 'coupon'
            else 'void'
        end as line_type,
    from measured

)

select * from typed
