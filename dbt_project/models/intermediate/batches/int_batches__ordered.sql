-- One row per contained batch with its delivery and its place in the order of landing.

{{ config(materialized='view') }}

with batches as (

    select * from {{ source('build', 'batches') }}

),

placed as (

    select
        batches.batch_id,
        batches.system,
        batches.table_name,
        batches.delivery,
        batches.stated_date,
        batches.status,
        -- a replay takes the place of the file that it repairs
        coalesce(repaired.landed_sequence, batches.landed_sequence) as landing_order
    from batches
    left join batches as repaired on batches.replay_of = repaired.batch_id

),

ordered as (

    select
        *,
        case when delivery = 'snapshots' then min(stated_date) over (
            partition by system, table_name
            order by landing_order range between 1 following and unbounded following
        ) end as superseded_date
    from placed
    where status in ('new', 'kept')

)

select * from ordered
