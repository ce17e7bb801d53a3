-- One row per household, as told last.

{{ config(materialized='view') }}

with batches as (

    select * from {{ ref('int_batches__ordered') }}

),

landed as (

    select * from {{ ref('input__households') }}

),

ranked as (

    select
        landed.*,
        row_number() over (
            partition by landed.household_id
            order by batches.landing_order desc, landed.source_line_number desc
        ) as landing_rank,
    from landed
    inner join batches on landed.batch_id = batches.batch_id

),

latest as (

    select
        household_id,
        age_band,
        income_band,
        home_ownership,
        marital_status,
        household_size_band,
        household_composition,
        kids_count_band,
    from ranked
    where landing_rank = 1

)

select * from latest
