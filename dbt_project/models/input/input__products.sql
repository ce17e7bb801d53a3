-- One row per landed line of a product list.

with united as (
    {{ union_of_systems('products') }}
)

select * from united
