-- One row per batch that this version contains.

with batches as (

    select * from {{ source('build', 'batches') }}

),

contained as (

    select
        batch_id,
        system,
        table_name,
        file_name,
        row_count,
        landed_sequence,
        replay_of
    from batches
    where status in ('new', 'kept')

)

select * from contained
