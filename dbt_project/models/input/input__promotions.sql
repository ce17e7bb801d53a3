-- One row per landed promotion of a product by a channel.

with united as (

    {{ union_of_systems('promotions') }}

)

select * from united
