-- One row per landed answer of a household.

with united as (
    {{ union_of_systems('households') }}
)

select * from united
