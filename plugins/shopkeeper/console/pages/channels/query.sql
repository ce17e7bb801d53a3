-- name: channels
select
    channel,
    conversion_count,
    credited_amount,
    credit_rate,
    currency_code
from marts.channel_attribution
where attribution_model = 'markov'
order by credited_amount desc, channel

-- name: models
select
    channel,
    attribution_model,
    credited_amount,
    credit_rate,
    currency_code
from marts.channel_attribution
order by channel, attribution_model

-- name: touches
select
    touches.touched_at,
    touches.customer_id,
    touches.campaign_id,
    touches.touchpoint_id
from features.feat_attribution__touches as touches
where touches.channel = $channel
order by touches.touched_at desc, touches.touchpoint_id

-- name: campaigns
select
    attribution_model,
    campaign_id,
    conversion_count,
    credited_amount,
    currency_code
from marts.campaign_attribution
where attribution_model = $attribution_model
order by credited_amount desc, campaign_id
