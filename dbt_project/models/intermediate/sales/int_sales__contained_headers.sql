-- One row per transaction header that a contained batch tells, among changed transactions.

{{ config(materialized='view') }}

with contained_batches as (

    select batch_id from {{ source('build', 'batches') }}
    where status in ('new', 'kept')

),

batch_transactions as (

    select * from {{ ref('int_sales__batch_transactions') }}

),

changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

headers as (

    select distinct
        transaction_id,
        household_id,
        store_id,
        transaction_at,
    from batch_transactions
    where
        batch_id in (select batch_id from contained_batches)
        and transaction_id in (select transaction_id from changed_transactions)

)

select * from headers
