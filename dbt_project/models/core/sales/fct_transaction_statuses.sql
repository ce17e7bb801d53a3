-- One row per transaction and status that its header was stated with, and the time for which it held.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='transaction_id',
    changed_in='int_sales__changed_transactions'
) }}

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

batches as (

    select * from {{ ref('int_batches__ordered') }}
    where delivery = 'upserts'

),

statements as (

    select distinct
        statements.transaction_id,
        statements.transaction_status,
        statements.stated_at
    from {{ ref('input__transactions') }} as statements
    inner join batches on statements.batch_id = batches.batch_id
    where
        statements.stated_at is not null
        and statements.transaction_id in (select transaction_id from changed_transactions)

),

entered as (

    select
        *,
        lag(transaction_status) over (
            partition by transaction_id order by stated_at, transaction_status
        ) as status_before
    from statements

),

statuses as (

    select
        transaction_id,
        transaction_status,
        stated_at as valid_from,
        lead(stated_at) over (partition by transaction_id order by stated_at, transaction_status) as valid_to
    from entered
    where status_before is null or status_before <> transaction_status

)

select * from statuses
