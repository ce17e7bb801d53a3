-- One row per attribution model and campaign.

with touch_credits as (

    select * from {{ ref('scores__touch_credits') }}

),

touches as (

    select * from {{ ref('feat_attribution__touches') }}
    where campaign_id is not null

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

credits as (

    select
        touch_credits.attribution_model,
        touches.campaign_id,
        cast(sum(touch_credits.conversion_count) as double) as conversion_count,
        cast(sum(touch_credits.credited_amount) as decimal(18, 2)) as credited_amount
    from touch_credits
    inner join touches on touch_credits.touchpoint_id = touches.touchpoint_id
    group by touch_credits.attribution_model, touches.campaign_id

),

attribution as (

    select
        credits.attribution_model,
        credits.campaign_id,
        campaigns.campaign_type,
        credits.conversion_count,
        credits.credited_amount,
        '{{ var("currency_code") }}' as currency_code,
        false as is_exposure_randomized
    from credits
    left join campaigns on credits.campaign_id = campaigns.campaign_id

)

select * from attribution
