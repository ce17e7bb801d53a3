-- One row per landed header, among changed transactions, that contradicts another about the same transaction.

with conflicting as (

    {{ conflicting_rows('transactions', 'int_sales__changed_transactions') }}

)

select * from conflicting
