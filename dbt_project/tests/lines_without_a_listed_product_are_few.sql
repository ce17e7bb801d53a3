-- Counts the lines whose product no list names yet; they stay, linked to an inferred member of dim_products.

{{ config(severity='warn') }}

select * from {{ ref('fct_transaction_lines') }}
where product_id not in (select product_id from {{ ref('int_products__latest') }})
