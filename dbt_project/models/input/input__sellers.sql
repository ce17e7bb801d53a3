-- One row per statement about a seller.

with united as (

    {{ union_of_systems('sellers') }}

)

select * from united
