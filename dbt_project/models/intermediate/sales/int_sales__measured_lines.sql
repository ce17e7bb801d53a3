-- One row per accepted line, with its quantity in a named unit and what kind of line it is.

{{ config(materialized='view') }}

with accepted_lines as (

    select * from {{ ref('int_sales__accepted_lines') }}

),

measured as (

    select
        *,
        -- tills count fuel in thousandths of a gallon (decision 0005)
        source_quantity >= 100 and source_quantity >= 100 * net_amount as is_bulk_fuel,
    from accepted_lines

),

classified as (

    select
        *,
        case when is_bulk_fuel then 'gallon' else 'piece' end as unit_of_measure,
        case
            when returned_transaction_id is not null then 'return'
            when source_quantity <> 0 then 'sale'
            when net_amount <> 0 then 'adjustment'
            when manufacturer_coupon_amount <> 0 then 'coupon'
            else 'void'
        end as line_type,
    from measured

)

select * from classified
