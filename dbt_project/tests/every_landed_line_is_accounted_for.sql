-- A landed line of a changed transaction is a fact, a conflict, stated again, waiting, cancelled or gone.

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

landed as (

    select
        count(*) as row_count,
        count(distinct transaction_line_id) as key_count
    from {{ ref('input__transaction_lines') }}
    where
        transaction_id in (select transaction_id from changed_transactions)
        and transaction_line_id not in (
            select transaction_line_id from {{ ref('int_sales__conflicting_lines') }}
        )

),

facts as (

    select count(*) as row_count from {{ ref('fct_transaction_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

uncounted as (

    select count(*) as row_count
    from {{ ref('int_sales__current_lines') }} as held
    left join {{ ref('int_sales__headers') }} as headers on held.transaction_id = headers.transaction_id
    where
        held.gone_since_date is not null
        or headers.transaction_id is null
        or headers.transaction_status = 'cancelled'

)

select
    landed.key_count as landed_line_count,
    facts.row_count as fact_line_count,
    uncounted.row_count as uncounted_line_count
from landed
cross join facts
cross join uncounted
where landed.key_count <> facts.row_count + uncounted.row_count
