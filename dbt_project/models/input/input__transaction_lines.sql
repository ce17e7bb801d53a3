-- One row per landed line of a transaction.

with united as (
    {{ union_of_systems('transaction_lines') }}
)

select * from united
