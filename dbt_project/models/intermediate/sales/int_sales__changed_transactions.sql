-- One row per transaction that this refresh adds, alters or takes away.

with changed_batches as (

    select batch_id from {{ source('build', 'batches') }}
    where status in ('new', 'withdrawn')

),

batch_transactions as (

    select * from {{ ref('int_sales__batch_transactions') }}

),

changed as (

    select distinct transaction_id
    from batch_transactions
    where batch_id in (select batch_id from changed_batches)

)

select * from changed
