-- One row per batch with its place in the order of landing; a replay stands where the file it repairs stood.

{{ config(materialized='view') }}

with batches as (

    select * from {{ source('build', 'batches') }}

),

ordered as (

    select
        batches.batch_id,
        coalesce(repaired.landed_sequence, batches.landed_sequence) as landing_order,
    from batches
    left join batches as repaired on batches.replay_of = repaired.batch_id

)

select * from ordered
