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

-- name: credits
select
    conversions.converted_at,
    credits.transaction_id,
    conversions.customer_id,
    touches.touched_at,
    touches.campaign_id,
    credits.conversion_count,
    credits.credited_amount,
    conversions.currency_code
from scores.touch_credits as credits
left join features.feat_attribution__conversions as conversions using (transaction_id)
left join features.feat_attribution__touches as touches using (touchpoint_id)
where
    credits.channel = $channel
    and credits.attribution_model = $attribution_model
    and (credits.conversion_count <> 0 or credits.credited_amount <> 0)
order by credits.credited_amount desc, credits.transaction_id, credits.touch_number

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
