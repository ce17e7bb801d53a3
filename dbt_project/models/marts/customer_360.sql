-- One row per customer: all that the warehouse knows.

with customers as (

    select * from {{ ref('dim_customers') }}

),

purchases as (

    select * from {{ ref('feat_customers__purchases') }}

),

discounts as (

    select * from {{ ref('feat_customers__discounts') }}

),

assortment as (

    select * from {{ ref('feat_customers__assortment') }}

),

segments as (

    select * from {{ ref('stg_models__customer_segments') }}

),

refresh as (

    select * from {{ source('build', 'refresh') }}

),

customer_360 as (

    select
        customers.*,
        purchases.* exclude (customer_id),
        discounts.* exclude (customer_id),
        assortment.* exclude (customer_id),
        segments.segment_id,
        segments.segment_name,
        segments.rfm_cell,
        refresh.as_of_date,
    from customers
    cross join refresh
    left join purchases on customers.customer_id = purchases.customer_id
    left join discounts on customers.customer_id = discounts.customer_id
    left join assortment on customers.customer_id = assortment.customer_id
    left join segments on customers.customer_id = segments.customer_id

)

select * from customer_360
