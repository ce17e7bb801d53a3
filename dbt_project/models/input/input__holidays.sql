-- One row per statement about a holiday or a shopping day of a country.

with united as (

    {{ union_of_systems('holidays') }}

)

select * from united
