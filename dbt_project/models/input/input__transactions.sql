-- One row per statement about a transaction's header.

with united as (

    {{ union_of_systems('transactions') }}

)

select * from united
