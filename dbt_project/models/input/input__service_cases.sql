-- One row per statement about a ticket or a call of the service.

with united as (

    {{ union_of_systems('service_cases') }}

)

select * from united
