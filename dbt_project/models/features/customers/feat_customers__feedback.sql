-- One row per customer who has given feedback, up to the as-of date.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

feedback as (

    select * from {{ ref('fct_feedback') }}
    where given_date <= (select as_of_date from refresh)

),

transactions as (

    select
        transaction_id,
        customer_id
    from {{ ref('feat_customers__transactions') }}

),

identifiers as (

    select * from {{ ref('dim_customer_identifiers') }}

),

owned as (

    select
        coalesce(identifiers.customer_id, transactions.customer_id) as customer_id,
        feedback.rating_rate
    from feedback
    left join identifiers
        on
            feedback.identifier_type = identifiers.identifier_type
            and feedback.identifier_value = identifiers.identifier_value
    left join transactions on feedback.transaction_id = transactions.transaction_id

),

features as (

    select
        customer_id,
        count(*) as feedback_count,
        avg(rating_rate) as average_rating_rate,
        min(rating_rate) as lowest_rating_rate
    from owned
    where customer_id is not null
    group by customer_id

)

select * from features
