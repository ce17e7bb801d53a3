-- One row per product; one that was only ever sold is inferred until a product list names it.

with listed_products as (

    {{ current_rows('products') }}

),

sold_products as (

    select distinct product_id from {{ ref('fct_transaction_lines') }}
    where product_id is not null

),

products as (

    select
        coalesce(listed_products.product_id, sold_products.product_id) as product_id,
        listed_products.product_name,
        listed_products.manufacturer_id,
        listed_products.brand_name,
        listed_products.is_own_brand,
        listed_products.department_name,
        listed_products.category_name,
        listed_products.product_type_name,
        listed_products.package_size,
        listed_products.gone_since_date,
        listed_products.product_id is null as is_inferred
    from listed_products
    full outer join sold_products on listed_products.product_id = sold_products.product_id

)

select * from products
