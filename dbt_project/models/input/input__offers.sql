-- One row per statement about an offer.

with united as (

    {{ union_of_systems('offers') }}

)

select * from united
