-- One row per changed transaction with a header that nothing contradicts and that its source still has.

with current_headers as (

    {{ current_rows('transactions', 'int_sales__changed_transactions') }}

),

headers as (

    select * from current_headers
    where gone_since_date is null

)

select * from headers
