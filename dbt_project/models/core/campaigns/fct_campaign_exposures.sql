-- One row per campaign and identifier that it was sent to, for campaigns that have begun.

with campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

sends as (

    select
        campaign_id,
        identifier_type,
        identifier_value,
        min(sent_date) as sent_date
    from {{ ref('input__campaign_sends') }}
    group by campaign_id, identifier_type, identifier_value

),

redemptions as (

    select * from {{ ref('int_campaigns__redemptions') }}

),

redeemed as (

    select
        campaign_id,
        identifier_type,
        identifier_value,
        count(*) as redemption_count,
        min(redeemed_date) as first_redeemed_date
    from redemptions
    group by campaign_id, identifier_type, identifier_value

),

exposures as (

    select
        sends.campaign_id,
        sends.identifier_type,
        sends.identifier_value,
        campaigns.campaign_type,
        campaigns.channel,
        coalesce(sends.sent_date, campaigns.started_date) as exposed_date,
        coalesce(redeemed.redemption_count, 0) as redemption_count,
        redeemed.first_redeemed_date
    from sends
    inner join campaigns on sends.campaign_id = campaigns.campaign_id
    left join redeemed
        on
            sends.campaign_id = redeemed.campaign_id
            and sends.identifier_type = redeemed.identifier_type
            and sends.identifier_value = redeemed.identifier_value

)

select * from exposures
