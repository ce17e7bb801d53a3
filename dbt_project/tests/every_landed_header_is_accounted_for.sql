-- A header of a changed transaction that nothing contradicts is one fact: a transaction, or a cancelled one.

with facts as (

    select transaction_id from {{ ref('fct_transactions') }}

    union all

    select transaction_id from {{ ref('fct_cancelled_transactions') }}

),

counted as (

    select
        transaction_id,
        count(*) as fact_count
    from facts
    where transaction_id in (select transaction_id from {{ ref('int_sales__changed_transactions') }})
    group by transaction_id

)

select
    coalesce(headers.transaction_id, counted.transaction_id) as transaction_id,
    counted.fact_count
from {{ ref('int_sales__headers') }} as headers
full outer join counted on headers.transaction_id = counted.transaction_id
where headers.transaction_id is null or counted.fact_count is null or counted.fact_count <> 1
