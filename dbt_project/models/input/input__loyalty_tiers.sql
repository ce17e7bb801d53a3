-- One row per statement about the tier that a member has from a day on.

with united as (

    {{ union_of_systems('loyalty_tiers') }}

)

select * from united
