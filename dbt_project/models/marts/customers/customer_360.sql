-- One row per customer: all that the warehouse knows.

with customers as (

    select * from {{ ref('dim_customers') }}

),

segments as (

    select * from {{ ref('scores__customer_segments') }}

),

refresh as (

    select * from {{ source('build', 'refresh') }}

),

customer_360 as (

    select
        {{ customer_columns() }}
        {{ customer_group_columns() }}
        segments.segment_id,
        segments.segment_name,
        segments.rfm_cell,
        refresh.as_of_date
    from customers
    cross join refresh
    {{ customer_group_joins() }}
    left join segments on customers.customer_id = segments.customer_id

)

select * from customer_360
