-- One row per changed transaction of which something was refunded.

{{ config(materialized='view') }}

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

refunds as (

    select * from ({{ present_rows('refunds') }}) as current_refunds
    where transaction_id in (select transaction_id from changed_transactions)

),

refunded as (

    select
        transaction_id,
        cast(sum(refund_amount) as decimal(18, 2)) as refunded_amount
    from refunds
    group by transaction_id

)

select * from refunded
