-- One row per transaction whose in-store exposures may change: it did itself, or the promotions of its week.

with changed_batches as (

    select batch_id from {{ source('build', 'batches') }}
    where status in ('new', 'withdrawn')

),

batch_weeks as (

    select * from {{ ref('int_promotions__batch_weeks') }}
    where batch_id in (select batch_id from changed_batches)

),

batch_transactions as (

    select * from {{ ref('int_sales__batch_transactions') }}

),

changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

changed as (

    select transaction_id from changed_transactions

    union

    select transaction_id from batch_transactions
    where {{ week_start_date(business_date('transaction_at')) }} in (select week_start_date from batch_weeks)

)

select * from changed
