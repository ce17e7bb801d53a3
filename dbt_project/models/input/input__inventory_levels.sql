-- One row per statement about the stock of a product in a store or warehouse on a day.

with united as (

    {{ union_of_systems('inventory_levels') }}

)

select * from united
