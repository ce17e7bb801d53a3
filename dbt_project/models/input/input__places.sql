-- One row per statement about a place.

with united as (

    {{ union_of_systems('places') }}

)

select * from united
