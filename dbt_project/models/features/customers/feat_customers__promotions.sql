-- One row per customer who has bought: how often a product that was promoted.

with transactions as (

    select * from {{ ref('feat_customers__transactions') }}
    where customer_id in (select customer_id from {{ ref('feat_customers__purchases') }})

),

exposed_transactions as (

    select distinct transaction_id from {{ ref('fct_promotion_exposures') }}

),

features as (

    select
        transactions.customer_id,
        count(exposed_transactions.transaction_id) / count(*) as promoted_transaction_rate
    from transactions
    left join exposed_transactions on transactions.transaction_id = exposed_transactions.transaction_id
    group by transactions.customer_id

)

select * from features
