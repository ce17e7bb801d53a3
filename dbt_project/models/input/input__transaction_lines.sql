-- One row per statement about a line of a transaction.

with united as (

    {{ union_of_systems('transaction_lines') }}

)

select * from united
