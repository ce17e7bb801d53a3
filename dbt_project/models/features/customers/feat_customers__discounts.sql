-- One row per customer who has bought: how much of it with a discount or a coupon.

with transactions as (

    select * from {{ ref('feat_customers__transactions') }}
    where customer_id in (select customer_id from {{ ref('feat_customers__purchases') }})

),

totals as (

    select
        customer_id,
        count(*) as transaction_count,
        sum(sale_line_count) as line_count,
        sum(discounted_line_count) as discounted_line_count,
        sum(gross_amount) filter (where not has_return) as gross_amount,
        sum(loyalty_discount_amount) filter (where not has_return) as loyalty_discount_amount,
        count(*) filter (where third_party_discount_amount > 0) as coupon_transaction_count
    from transactions
    group by customer_id

),

features as (

    select
        customer_id,
        coalesce(discounted_line_count / nullif(line_count, 0), 0) as discounted_line_rate,
        coalesce({{ amount_rate('loyalty_discount_amount', 'gross_amount') }}, 0) as loyalty_discount_rate,
        coupon_transaction_count / transaction_count as coupon_transaction_rate
    from totals

)

select * from features
