-- One row per product, as told last.

{{ config(materialized='view') }}

with batches as (

    select
        batch_id,
        landed_sequence,
    from {{ source('build', 'batches') }}

),

landed as (

    select * from {{ ref('input__products') }}

),

latest as (

    select landed.*
    from landed
    inner join batches on landed.batch_id = batches.batch_id
    qualify
        row_number() over (
            partition by landed.product_id order by batches.landed_sequence desc, landed.source_line_number desc
        ) = 1

)

select * from latest
