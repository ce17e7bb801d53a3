-- One row per line of a changed transaction, as its feeds say now, that nothing contradicts.

with current_lines as (

    {{ current_rows('transaction_lines', 'int_sales__changed_transactions', 'transaction_id') }}

),

conflicting_lines as (

    select * from {{ ref('int_sales__conflicting_lines') }}

),

accepted_lines as (

    select * from current_lines
    where transaction_line_id not in (select transaction_line_id from conflicting_lines)

)

select * from accepted_lines
