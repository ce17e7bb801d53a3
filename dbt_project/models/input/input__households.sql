-- One row per statement about a household.

with united as (

    {{ union_of_systems('households') }}

)

select * from united
