-- Every attribution model credits the net revenue of the transactions that earned something, to the cent.

with credits as (

    select
        attribution_model,
        sum(credited_amount) as credited_amount,
    from {{ ref('channel_attribution') }}
    group by attribution_model

),

revenue as (

    select coalesce(sum(net_amount), 0) as net_amount from {{ ref('fct_transactions') }}
    where net_amount > 0

)

select
    credits.attribution_model,
    credits.credited_amount,
    revenue.net_amount,
from credits
cross join revenue
where credits.credited_amount <> revenue.net_amount
