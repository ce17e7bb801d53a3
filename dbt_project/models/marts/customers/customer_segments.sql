-- One row per customer and the segment it belongs to.

with segments as (

    select * from {{ ref('scores__customer_segments') }}

),

refresh as (

    select * from {{ source('build', 'refresh') }}

),

customer_segments as (

    select
        segments.*,
        refresh.as_of_date
    from segments
    cross join refresh

)

select * from customer_segments
