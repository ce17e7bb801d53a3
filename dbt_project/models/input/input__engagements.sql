-- One row per statement about what a person did with a send.

with united as (

    {{ union_of_systems('engagements') }}

)

select * from united
