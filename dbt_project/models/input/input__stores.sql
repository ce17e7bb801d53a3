-- One row per statement about a store.

with united as (

    {{ union_of_systems('stores') }}

)

select * from united
