-- One row per statement about a product.

with united as (

    {{ union_of_systems('products') }}

)

select * from united
