-- One row per touchpoint: a campaign sent, a coupon redeemed, a promoted product bought, or one recorded.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

campaign_exposures as (

    select * from {{ ref('fct_campaign_exposures') }}
    where exposed_date is not null

),

redemptions as (

    select * from {{ ref('int_campaigns__redemptions') }}

),

promotion_exposures as (

    select * from {{ ref('fct_promotion_exposures') }}

),

transactions as (

    select * from {{ ref('fct_transactions') }}

),

recorded as (

    select * from ({{ present_rows('touchpoints') }}) as current_touchpoints
    where {{ business_date('touched_at') }} <= (select as_of_date from refresh)

),

touchpoints as (

    select
        'sent-' || campaign_id || '-' || identifier_value as touchpoint_id,
        identifier_type,
        identifier_value,
        channel,
        campaign_id,
        cast(null as string) as transaction_id,
        {{ start_of_business_date('exposed_date') }} as touched_at
    from campaign_exposures

    union all

    select
        'coupon-' || campaign_id || '-' || identifier_value || '-' || coupon_id
        || '-' || cast(redeemed_date as string) as touchpoint_id,
        identifier_type,
        identifier_value,
        'coupon' as channel,
        campaign_id,
        cast(null as string) as transaction_id,
        {{ start_of_business_date('redeemed_date') }} as touched_at
    from redemptions

    union all

    select
        promotion_exposures.channel || '-' || promotion_exposures.transaction_id as touchpoint_id,
        transactions.identifier_type,
        transactions.identifier_value,
        promotion_exposures.channel,
        cast(null as string) as campaign_id,
        promotion_exposures.transaction_id,
        transactions.transaction_at as touched_at
    from promotion_exposures
    inner join transactions on promotion_exposures.transaction_id = transactions.transaction_id

    union all

    select
        touchpoint_id,
        identifier_type,
        identifier_value,
        channel,
        campaign_id,
        cast(null as string) as transaction_id,
        touched_at
    from recorded

)

select * from touchpoints
