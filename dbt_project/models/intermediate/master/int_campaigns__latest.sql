-- One row per campaign, as told last.

{{ config(materialized='view') }}

with batches as (

    select * from {{ ref('int_batches__ordered') }}

),

landed as (

    select * from {{ ref('input__campaigns') }}

),

ranked as (

    select
        landed.*,
        row_number() over (
            partition by landed.campaign_id
            order by batches.landing_order desc, landed.source_line_number desc
        ) as landing_rank,
    from landed
    inner join batches on landed.batch_id = batches.batch_id

),

latest as (

    select
        campaign_id,
        campaign_type,
        started_date,
        ended_date,
    from ranked
    where landing_rank = 1

)

select * from latest
