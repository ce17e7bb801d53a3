-- One row per campaign and household that it was mailed to, for campaigns that have begun.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

mailings as (

    select distinct
        campaign_id,
        household_id,
    from {{ ref('input__campaign_mailings') }}

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

redeemed as (

    select
        campaign_id,
        household_id,
        count(*) as redemption_count,
        min(redeemed_date) as first_redeemed_date,
    from redemptions
    group by campaign_id, household_id

),

exposures as (

    select
        mailings.campaign_id,
        identities.customer_id,
        mailings.household_id,
        campaigns.campaign_type,
        campaigns.started_date as exposed_date,
        coalesce(redeemed.redemption_count, 0) as redemption_count,
        redeemed.first_redeemed_date,
    from mailings
    inner join campaigns on mailings.campaign_id = campaigns.campaign_id
    left join identities on mailings.household_id = identities.identifier_value
    left join redeemed
        on mailings.campaign_id = redeemed.campaign_id and mailings.household_id = redeemed.household_id

)

select * from exposures
