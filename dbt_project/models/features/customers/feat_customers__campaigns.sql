-- One row per customer who has bought or was sent a campaign: campaigns received and coupons redeemed.

with buyers as (

    select customer_id from {{ ref('feat_customers__purchases') }}

),

exposures as (

    select * from {{ ref('fct_campaign_exposures') }}

),

identifiers as (

    select * from {{ ref('dim_customer_identifiers') }}

),

received as (

    select
        identifiers.customer_id,
        count(distinct exposures.campaign_id) as campaign_count,
        sum(exposures.redemption_count) as redemption_count
    from exposures
    inner join identifiers
        on
            exposures.identifier_type = identifiers.identifier_type
            and exposures.identifier_value = identifiers.identifier_value
    group by identifiers.customer_id

),

features as (

    select
        coalesce(buyers.customer_id, received.customer_id) as customer_id,
        coalesce(received.campaign_count, 0) as campaign_count,
        cast(coalesce(received.redemption_count, 0) as bigint) as redemption_count
    from buyers
    full outer join received on buyers.customer_id = received.customer_id

)

select * from features
