-- One row per statement about an event of a visit on a screen.

with united as (

    {{ union_of_systems('events') }}

)

select * from united
