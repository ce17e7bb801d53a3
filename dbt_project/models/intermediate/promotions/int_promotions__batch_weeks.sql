-- One row per batch of promotions and week that it tells of.

{{ config(
    materialized='incremental', incremental_strategy='by_batch', on_schema_change='fail', database='warehouse',
    remembers_withdrawn=true
) }}

with new_batches as (

    select batch_id from {{ source('build', 'batches') }}
    where status = 'new'

),

new_promotions as (

    select * from {{ ref('input__promotions') }}
    where batch_id in (select batch_id from new_batches)

),

batch_weeks as (

    select distinct
        batch_id,
        week_start_date,
    from new_promotions

)

select * from batch_weeks
