-- One row per statement about a customer record.

with united as (

    {{ union_of_systems('customers') }}

)

select * from united
