-- One row per landed pair of identifiers.

with united as (

    {{ union_of_systems('customer_identifiers') }}

)

select * from united
