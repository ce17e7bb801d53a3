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

stated_in_headers as (

    select
        statements.transaction_id,
        statements.transaction_status,
        statements.stated_at
    from {{ ref('input__transactions') }} as statements
    inner join batches on statements.batch_id = batches.batch_id
    where
        statements.stated_at is not null
        and statements.transaction_id in (select transaction_id from changed_transactions)

),

stated_apart as (

    {{ present_rows('transaction_statuses', 'int_sales__changed_transactions') }}

),

statements as (

    select * from stated_in_headers

    union

    select
        transaction_id,
        transaction_status,
        stated_at
    from stated_apart
    where stated_at is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by transaction_id, stated_at order by {{ status_step('transaction_status') }} desc
        ) as step_rank
    from statements

),

entered as (

    select
        transaction_id,
        transaction_status,
        stated_at,
        lag(transaction_status) over (partition by transaction_id order by stated_at) as status_before
    from ranked
    where step_rank = 1

),

statuses as (

    select
        transaction_id,
        transaction_status,
        stated_at as valid_from,
        lead(stated_at) over (partition by transaction_id order by stated_at) as valid_to
    from entered
    where status_before is null or status_before <> transaction_status

)

select * from statuses
