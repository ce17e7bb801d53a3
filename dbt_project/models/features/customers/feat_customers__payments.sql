-- One row per customer whose transactions have payments.

with payments as (

    select * from {{ ref('fct_payments') }}

),

transactions as (

    select * from {{ ref('feat_customers__transactions') }}

),

by_method as (

    select
        transactions.customer_id,
        payments.payment_method,
        count(*) as payment_count,
        sum(payments.installment_count) as installment_count,
        sum(payments.payment_amount) as payment_amount
    from payments
    inner join transactions on payments.transaction_id = transactions.transaction_id
    group by transactions.customer_id, payments.payment_method

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id order by payment_amount desc nulls last, payment_method asc
        ) as method_rank
    from by_method

),

totals as (

    select
        customer_id,
        sum(payment_count) as payment_count,
        sum(installment_count) as installment_count,
        count(*) as payment_method_count,
        max(case when method_rank = 1 then payment_method end) as main_payment_method
    from ranked
    group by customer_id

),

features as (

    select
        customer_id,
        cast(payment_count as bigint) as payment_count,
        payment_method_count,
        main_payment_method,
        installment_count / payment_count as average_installment_count
    from totals

)

select * from features
