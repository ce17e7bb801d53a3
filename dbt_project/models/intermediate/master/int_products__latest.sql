-- One row per product, as told last.

{{ config(materialized='view') }}

with batches as (

    select * from {{ ref('int_batches__ordered') }}

),

landed as (

    select * from {{ ref('input__products') }}

),

ranked as (

    select
        landed.*,
        row_number() over (
            partition by landed.product_id
            order by batches.landing_order desc, landed.source_line_number desc
        ) as landing_rank,
    from landed
    inner join batches on landed.batch_id = batches.batch_id

),

latest as (

    select
        product_id,
        manufacturer_id,
        department_name,
        category_name,
        product_type_name,
        brand_type,
        package_size,
    from ranked
    where landing_rank = 1

)

select * from latest
