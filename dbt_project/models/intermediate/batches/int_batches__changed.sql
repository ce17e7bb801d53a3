-- One row per contained batch whose rows may mean something else than in the last version.

{{ config(materialized='view') }}

with batches as (

    select * from {{ source('build', 'batches') }}

),

changed_feeds as (

    select distinct
        system,
        table_name
    from batches
    where status in ('new', 'withdrawn') and delivery = 'snapshots'

),

changed as (

    select batches.batch_id
    from batches
    left join changed_feeds
        on batches.system = changed_feeds.system and batches.table_name = changed_feeds.table_name
    where batches.status = 'new' or (batches.status = 'kept' and changed_feeds.system is not null)

)

select * from changed
