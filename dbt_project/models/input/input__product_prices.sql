-- One row per statement about price and cost of a product from a day on.

with united as (

    {{ union_of_systems('product_prices') }}

)

select * from united
