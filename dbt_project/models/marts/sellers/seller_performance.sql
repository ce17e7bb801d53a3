-- One row per marketplace seller: what was sold and how it was rated.

with sellers as (

    select * from {{ ref('dim_sellers') }}

),

lines as (

    select * from {{ ref('fct_transaction_lines') }}

),

feedback as (

    select
        transaction_id,
        avg(rating_rate) as rating_rate
    from ({{ present_rows('feedback') }}) as current_feedback
    where transaction_id is not null
    group by transaction_id

),

sold as (

    select
        seller_id,
        currency_code,
        count(distinct transaction_id) as transaction_count,
        count(*) as line_count,
        sum(net_amount) as net_amount
    from lines
    group by seller_id, currency_code

),

selling as (

    select distinct
        seller_id,
        transaction_id
    from lines

),

rated as (

    select
        selling.seller_id,
        avg(feedback.rating_rate) as average_rating_rate
    from selling
    inner join feedback on selling.transaction_id = feedback.transaction_id
    group by selling.seller_id

),

performance as (

    select
        sellers.seller_id,
        sellers.seller_name,
        sellers.region_name,
        coalesce(sold.currency_code, '{{ var("currency_code") }}') as currency_code,
        coalesce(sold.transaction_count, 0) as transaction_count,
        coalesce(sold.line_count, 0) as line_count,
        cast(coalesce(sold.net_amount, 0) as decimal(18, 2)) as net_amount,
        rated.average_rating_rate
    from sellers
    left join sold on sellers.seller_id = sold.seller_id
    left join rated on sellers.seller_id = rated.seller_id

)

select * from performance
