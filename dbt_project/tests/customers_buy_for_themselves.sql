-- Counts the customers who buy three times as many pieces a line as others: they may sell them again.

{{ config(severity='warn') }}

with bought as (

    select
        buyers.customer_id,
        sum(sold.unit_quantity) as unit_quantity,
        count(*) as line_count
    from {{ ref('fct_transaction_lines') }} as sold
    inner join {{ ref('feat_customers__transactions') }} as buyers
        on sold.transaction_id = buyers.transaction_id
    where sold.line_type = 'sale' and coalesce(sold.unit_of_measure, 'piece') = 'piece'
    group by buyers.customer_id

),

usual as (

    select
        sum(unit_quantity) as unit_quantity,
        sum(line_count) as line_count
    from bought

)

select bought.customer_id
from bought
cross join usual
where
    bought.unit_quantity >= 15
    and bought.unit_quantity * usual.line_count >= 3 * usual.unit_quantity * bought.line_count
