-- One row per customer who has bought: which part of the assortment.

with transactions as (

    select * from {{ ref('feat_customers__transactions') }}
    where customer_id in (select customer_id from {{ ref('feat_customers__purchases') }})

),

lines as (

    select * from {{ ref('fct_transaction_lines') }}
    where line_type = 'sale'

),

products as (

    select * from {{ ref('dim_products') }}

),

bought as (

    select
        transactions.customer_id,
        lines.product_id,
        count(*) as line_count
    from lines
    inner join transactions on lines.transaction_id = transactions.transaction_id
    group by transactions.customer_id, lines.product_id

),

totals as (

    select
        bought.customer_id,
        count(*) as product_count,
        count(distinct products.category_name) as category_count,
        count(distinct products.department_name) as department_count,
        sum(case when products.is_own_brand then bought.line_count else 0 end) as own_brand_line_count,
        sum(case when bought.line_count > 1 then bought.line_count else 0 end) as repeated_line_count,
        sum(bought.line_count) as line_count
    from bought
    inner join products on bought.product_id = products.product_id
    group by bought.customer_id

),

features as (

    select
        customer_id,
        product_count,
        category_count,
        department_count,
        own_brand_line_count / line_count as own_brand_line_rate,
        repeated_line_count / line_count as repeated_product_line_rate
    from totals

)

select * from features
