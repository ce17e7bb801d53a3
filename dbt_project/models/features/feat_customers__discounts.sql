-- One row per customer who has bought: how much of it with a discount, a coupon or a promotion.

with transactions as (

    select * from {{ ref('fct_transactions') }}
    where customer_id in (select customer_id from {{ ref('feat_customers__purchases') }})

),

exposures as (

    select * from {{ ref('fct_promotion_exposures') }}

),

campaign_exposures as (

    select * from {{ ref('fct_campaign_exposures') }}

),

exposed_transactions as (

    select
        transaction_id,
        max(channel = 'display') as is_displayed,
        max(channel = 'mailer') as is_mailed
    from exposures
    group by transaction_id

),

totals as (

    select
        transactions.customer_id,
        count(*) as transaction_count,
        sum(transactions.sale_line_count) as line_count,
        sum(transactions.discounted_line_count) as discounted_line_count,
        sum(transactions.gross_amount) filter (where not transactions.has_return) as gross_amount,
        sum(transactions.loyalty_discount_amount) filter (
            where not transactions.has_return
        ) as loyalty_discount_amount,
        count(*) filter (where transactions.manufacturer_coupon_amount > 0) as coupon_transaction_count,
        count(*) filter (where exposed_transactions.is_displayed) as display_transaction_count,
        count(*) filter (where exposed_transactions.is_mailed) as mailer_transaction_count
    from transactions
    left join exposed_transactions on transactions.transaction_id = exposed_transactions.transaction_id
    group by transactions.customer_id

),

campaigns as (

    select
        customer_id,
        count(*) as campaign_count,
        sum(redemption_count) as redemption_count
    from campaign_exposures
    group by customer_id

),

features as (

    select
        totals.customer_id,
        coalesce(totals.discounted_line_count / nullif(totals.line_count, 0), 0) as discounted_line_rate,
        coalesce(
            {{ amount_rate('totals.loyalty_discount_amount', 'totals.gross_amount') }}, 0
        ) as loyalty_discount_rate,
        totals.coupon_transaction_count / totals.transaction_count as coupon_transaction_rate,
        totals.display_transaction_count / totals.transaction_count as display_transaction_rate,
        totals.mailer_transaction_count / totals.transaction_count as mailer_transaction_rate,
        coalesce(campaigns.campaign_count, 0) as campaign_count,
        cast(coalesce(campaigns.redemption_count, 0) as bigint) as redemption_count
    from totals
    left join campaigns on totals.customer_id = campaigns.customer_id

)

select * from features
