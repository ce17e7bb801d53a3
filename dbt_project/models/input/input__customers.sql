-- One row per landed record of a customer.

with united as (
    {{ union_of_systems('customers') }}
)

select * from united
