-- Counts the lines whose product no list names yet; they stay, linked to an inferred member of dim_products.

{{ config(severity='warn', enabled='feat_customers__assortment' not in var('off')) }}

select * from {{ ref('fct_transaction_lines') }}
where product_id in (
    select product_id from {{ ref('dim_products') }}
    where is_inferred
)
