-- One row per statement about a touchpoint.

with united as (

    {{ union_of_systems('touchpoints') }}

)

select * from united
