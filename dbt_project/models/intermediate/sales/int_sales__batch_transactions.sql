-- One row per batch and transaction header, as that batch tells it.

{{ config(
    materialized='incremental', incremental_strategy='by_batch', on_schema_change='fail', database='warehouse',
    remembers_withdrawn=true
) }}

with new_batches as (

    select batch_id from {{ source('build', 'batches') }}
    where status = 'new'

),

new_lines as (

    select * from {{ ref('input__transaction_lines') }}
    where batch_id in (select batch_id from new_batches)

),

headers as (

    select distinct
        batch_id,
        transaction_id,
        household_id,
        store_id,
        transaction_at,
    from new_lines

)

select * from headers
