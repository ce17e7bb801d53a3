-- One row per campaign that has begun.

with campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

exposures as (

    select
        sends.campaign_id,
        identifiers.customer_id,
        sum(sends.redemption_count) as redemption_count
    from {{ ref('fct_campaign_exposures') }} as sends
    inner join {{ ref('dim_customer_identifiers') }} as identifiers
        on
            sends.identifier_type = identifiers.identifier_type
            and sends.identifier_value = identifiers.identifier_value
    group by sends.campaign_id, identifiers.customer_id

),

transactions as (

    select * from {{ ref('feat_customers__transactions') }}

),

spent as (

    select
        campaign_id,
        sum(spend_amount) as spend_amount
    from ({{ present_rows('campaign_spend') }}) as current_spend
    group by campaign_id

),

reached as (

    select
        campaign_id,
        count(*) as mailed_customer_count,
        count(*) filter (where redemption_count > 0) as redeeming_customer_count,
        sum(redemption_count) as redemption_count
    from exposures
    group by campaign_id

),

bought as (

    select
        exposures.campaign_id,
        count(distinct exposures.customer_id) as buying_customer_count,
        sum(transactions.revenue_amount) as net_amount
    from exposures
    inner join campaigns on exposures.campaign_id = campaigns.campaign_id
    inner join transactions
        on
            exposures.customer_id = transactions.customer_id
            and transactions.transaction_date between campaigns.started_date and campaigns.ended_date
    group by exposures.campaign_id

),

performance as (

    select
        campaigns.campaign_id,
        campaigns.campaign_type,
        campaigns.started_date,
        campaigns.ended_date,
        coalesce(reached.mailed_customer_count, 0) as mailed_customer_count,
        coalesce(reached.redeeming_customer_count, 0) as redeeming_customer_count,
        cast(coalesce(reached.redemption_count, 0) as bigint) as redemption_count,
        coalesce(
            reached.redeeming_customer_count / nullif(reached.mailed_customer_count, 0), 0
        ) as redeeming_customer_rate,
        coalesce(bought.buying_customer_count, 0) as buying_customer_count,
        cast(coalesce(bought.net_amount, 0) as decimal(18, 2)) as net_amount,
        cast(spent.spend_amount as decimal(18, 2)) as spend_amount,
        '{{ var("currency_code") }}' as currency_code,
        false as is_exposure_randomized
    from campaigns
    left join reached on campaigns.campaign_id = reached.campaign_id
    left join bought on campaigns.campaign_id = bought.campaign_id
    left join spent on campaigns.campaign_id = spent.campaign_id

)

select * from performance
