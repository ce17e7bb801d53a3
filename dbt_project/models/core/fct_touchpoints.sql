-- One row per touchpoint: campaign mail, a coupon redeemed, or a product bought while it was promoted.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

campaign_exposures as (

    select * from {{ ref('fct_campaign_exposures') }}
    where exposed_date is not null

),

redemptions as (

    select distinct
        campaign_id,
        household_id,
        coupon_id,
        redeemed_date,
    from {{ ref('input__coupon_redemptions') }}
    where redeemed_date <= (select as_of_date from refresh)

),

identities as (

    select * from {{ ref('stg_models__customer_identities') }}
    where identifier_type = 'household_id'

),

promotion_exposures as (

    select * from {{ ref('fct_promotion_exposures') }}

),

transactions as (

    select * from {{ ref('fct_transactions') }}

),

touchpoints as (

    select
        'mailing-' || campaign_id || '-' || household_id as touchpoint_id,
        customer_id,
        'mail_' || campaign_type as channel,
        campaign_id,
        cast(null as varchar) as transaction_id,
        {{ start_of_business_date('exposed_date') }} as touched_at,
    from campaign_exposures

    union all

    select
        'coupon-' || redemptions.campaign_id || '-' || redemptions.household_id
        || '-' || redemptions.coupon_id || '-' || cast(redemptions.redeemed_date as varchar) as touchpoint_id,
        identities.customer_id,
        'coupon' as channel,
        redemptions.campaign_id,
        cast(null as varchar) as transaction_id,
        {{ start_of_business_date('redemptions.redeemed_date') }} as touched_at,
    from redemptions
    left join identities on redemptions.household_id = identities.identifier_value

    union all

    select
        promotion_exposures.channel || '-' || promotion_exposures.transaction_id as touchpoint_id,
        transactions.customer_id,
        promotion_exposures.channel,
        cast(null as varchar) as campaign_id,
        promotion_exposures.transaction_id,
        transactions.transaction_at as touched_at,
    from promotion_exposures
    inner join transactions on promotion_exposures.transaction_id = transactions.transaction_id

)

select * from touchpoints
