-- One row per customer who has bought: how often with fuel.

with transactions as (

    select * from {{ ref('feat_customers__transactions') }}
    where customer_id in (select customer_id from {{ ref('feat_customers__purchases') }})

),

fuelled as (

    select distinct transaction_id from {{ ref('fct_transaction_lines') }}
    where unit_of_measure = 'gallon'

),

features as (

    select
        transactions.customer_id,
        count(fuelled.transaction_id) / count(*) as fuel_transaction_rate
    from transactions
    left join fuelled on transactions.transaction_id = fuelled.transaction_id
    group by transactions.customer_id

)

select * from features
