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
        customers.customer_id,
        customers.household_id,
        customers.age_band,
        customers.income_band,
        customers.home_ownership,
        customers.marital_status,
        customers.household_size_band,
        customers.household_composition,
        customers.kids_count_band,
        customers.is_inferred,
        purchases.recency_day_count,
        purchases.tenure_day_count,
        purchases.transaction_count,
        purchases.purchase_day_count,
        purchases.store_count,
        purchases.net_amount,
        purchases.average_transaction_amount,
        purchases.average_line_count,
        purchases.weekend_transaction_rate,
        purchases.fuel_transaction_rate,
        purchases.currency_code,
        discounts.discounted_line_rate,
        discounts.loyalty_discount_rate,
        discounts.coupon_transaction_rate,
        discounts.display_transaction_rate,
        discounts.mailer_transaction_rate,
        discounts.campaign_count,
        discounts.redemption_count,
        assortment.product_count,
        assortment.category_count,
        assortment.department_count,
        assortment.private_brand_line_rate,
        assortment.repeated_product_line_rate,
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
