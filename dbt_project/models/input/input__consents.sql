-- One row per statement about a consent that a person gave or withdrew.

with united as (

    {{ union_of_systems('consents') }}

)

select * from united
