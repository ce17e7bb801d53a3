-- One row per changed transaction up to the as-of date that nothing contradicts and its source still has.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

current_headers as (

    {{ current_rows('transactions', 'int_sales__changed_transactions') }}

),

headers as (

    select * from current_headers
    where
        gone_since_date is null
        and coalesce({{ business_date('transaction_at') }} <= (select as_of_date from refresh), true)

)

select * from headers
