-- Counts the lines whose product no product list names yet; they stay, linked to an inferred member of dim_products.

{{ config(severity='warn') }}

select lines.*
from {{ ref('fct_transaction_lines') }} as lines
inner join {{ ref('dim_products') }} as products on lines.product_id = products.product_id
where products.is_inferred
