-- One row per statement about a status that a transaction took.

with united as (

    {{ union_of_systems('transaction_statuses') }}

)

select * from united
