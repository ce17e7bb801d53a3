-- One row per statement about the weather of a place on a day.

with united as (

    {{ union_of_systems('weather') }}

)

select * from united
