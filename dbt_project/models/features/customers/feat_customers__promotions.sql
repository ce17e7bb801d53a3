-- One row per customer who has bought: how often a product that was promoted.

with transactions as (

    select * from {{ ref('feat_customers__transactions') }}
    where customer_id in (select customer_id from {{ ref('feat_customers__purchases') }})

),

exposed_transactions as (

    select distinct transaction_id from {{ ref('fct_promotion_exposures') }}

),

totals as (

    select
        transactions.customer_id,
        count(*) as transaction_count,
        count(exposed_transactions.transaction_id) as promoted_transaction_count
    from transactions
    left join exposed_transactions on transactions.transaction_id = exposed_transactions.transaction_id
    group by transactions.customer_id

),

features as (

    select
        customer_id,
        promoted_transaction_count / transaction_count as promoted_transaction_rate
    from totals

)

select * from features
