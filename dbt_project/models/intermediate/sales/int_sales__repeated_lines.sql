-- One row per landed line of a changed transaction whose line id stands in more than one row.

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

lines as (

    select * from {{ ref('input__transaction_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

repeated as (

    select transaction_line_id
    from lines
    group by transaction_line_id
    having count(*) > 1

),

repeated_lines as (

    select lines.*
    from lines
    inner join repeated on lines.transaction_line_id = repeated.transaction_line_id

)

select * from repeated_lines
