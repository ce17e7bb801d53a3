-- A landed line of a changed transaction is a fact, a conflict, or equal to a line that is a fact.

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

landed as (

    select count(*) as row_count from {{ ref('input__transaction_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

facts as (

    select count(*) as row_count from {{ ref('fct_transaction_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

conflicts as (

    select count(*) as row_count from {{ ref('int_sales__conflicting_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

surplus as (

    select count(*) - count(distinct transaction_line_id) as row_count
    from {{ ref('int_sales__repeated_lines') }}
    where
        transaction_line_id not in (
            select transaction_line_id from {{ ref('int_sales__conflicting_lines') }}
        )

)

select
    landed.row_count as landed_row_count,
    facts.row_count as fact_row_count,
    conflicts.row_count as conflict_row_count,
    surplus.row_count as surplus_row_count,
from landed
cross join facts
cross join conflicts
cross join surplus
where landed.row_count <> facts.row_count + conflicts.row_count + surplus.row_count
