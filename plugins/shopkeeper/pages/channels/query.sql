-- name: channels
select
    channel,
    attribution_model,
    conversion_count,
    credited_amount,
    credit_rate,
    currency_code
from marts.channel_attribution
where attribution_model = coalesce($attribution_model, 'markov')
order by credited_amount desc, channel

-- name: models
select
    channel,
    attribution_model,
    credited_amount,
    credit_rate,
    currency_code
from marts.channel_attribution
where attribution_model = coalesce($attribution_model, attribution_model)
order by channel, attribution_model

-- name: credits
with largest as (
    select
        transaction_id,
        touchpoint_id,
        touch_number,
        conversion_count,
        credited_amount
    from scores.touch_credits
    where
        channel = $channel
        and attribution_model = $attribution_model
        and (conversion_count <> 0 or credited_amount <> 0)
    order by credited_amount desc, transaction_id, touch_number
    limit $most
)

select
    conversions.converted_at,
    credits.transaction_id,
    conversions.customer_id,
    touches.touched_at,
    touches.campaign_id,
    credits.conversion_count,
    credits.credited_amount,
    conversions.currency_code
from largest as credits
left join features.feat_attribution__conversions as conversions using (transaction_id)
left join features.feat_attribution__touches as touches using (touchpoint_id)
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

-- name: choices
select distinct attribution_model
from marts.channel_attribution
order by attribution_model
