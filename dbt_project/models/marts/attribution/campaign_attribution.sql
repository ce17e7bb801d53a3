-- One row per attribution model and campaign.

with credits as (

    select * from {{ ref('scores__campaign_credits') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

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
