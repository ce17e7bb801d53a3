-- One row per statement about a rate of a day.

with united as (

    {{ union_of_systems('exchange_rates') }}

)

select * from united
