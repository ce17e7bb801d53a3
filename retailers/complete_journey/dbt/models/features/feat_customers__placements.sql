-- One row per customer who has bought: how often a product on display or in the weekly mailer.

with transactions as (

    select * from {{ ref('feat_customers__transactions') }}
    where customer_id in (select customer_id from {{ ref('feat_customers__purchases') }})

),

exposed as (

    select
        transaction_id,
        max(channel = 'display') as is_displayed,
        max(channel = 'mailer') as is_mailed
    from {{ ref('fct_promotion_exposures') }}
    group by transaction_id

),

features as (

    select
        transactions.customer_id,
        count(*) filter (where exposed.is_displayed) / count(*) as display_transaction_rate,
        count(*) filter (where exposed.is_mailed) / count(*) as mailer_transaction_rate
    from transactions
    left join exposed on transactions.transaction_id = exposed.transaction_id
    group by transactions.customer_id

)

select * from features
