-- One row per campaign that has begun; one that is only mentioned is inferred until its description arrives.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

described_campaigns as (

    {{ present_rows('campaigns') }}

),

mentioned_campaigns as (

    select campaign_id from {{ ref('input__campaign_sends') }}

    union

    select campaign_id from {{ ref('int_campaigns__redemptions') }}

),

campaigns as (

    select
        coalesce(described_campaigns.campaign_id, mentioned_campaigns.campaign_id) as campaign_id,
        described_campaigns.campaign_name,
        described_campaigns.campaign_type,
        described_campaigns.channel,
        described_campaigns.started_date,
        described_campaigns.ended_date,
        described_campaigns.campaign_id is null as is_inferred
    from described_campaigns
    full outer join mentioned_campaigns on described_campaigns.campaign_id = mentioned_campaigns.campaign_id

),

begun as (

    select * from campaigns
    where
        campaign_id is not null
        and (is_inferred or started_date is null or started_date <= (select as_of_date from refresh))

)

select * from begun
