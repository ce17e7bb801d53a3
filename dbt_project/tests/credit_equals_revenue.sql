-- Every attribution model credits the revenue of the conversions, to the cent.

{{ config(enabled='channel_attribution' not in var('off')) }}

with credits as (

    select
        attribution_model,
        sum(credited_amount) as credited_amount
    from {{ ref('channel_attribution') }}
    group by attribution_model

),

revenue as (

    select coalesce(sum(revenue_amount), 0) as net_amount from {{ ref('feat_attribution__conversions') }}

)

select
    credits.attribution_model,
    credits.credited_amount,
    revenue.net_amount
from credits
cross join revenue
where credits.credited_amount <> revenue.net_amount
