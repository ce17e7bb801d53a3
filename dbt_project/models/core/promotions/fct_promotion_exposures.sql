-- One row per transaction and channel by which one of its products was promoted.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='transaction_id',
    changed_in='int_promotions__changed_transactions'
) }}

with changed_transactions as (

    select * from {{ ref('int_promotions__changed_transactions') }}

),

transactions as (

    select
        transaction_id,
        store_id,
        transaction_date
    from {{ ref('fct_transactions') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

sold_lines as (

    select
        sold.transaction_line_id,
        sold.transaction_id,
        sold.product_id,
        sold.net_amount,
        transactions.store_id,
        transactions.transaction_date
    from {{ ref('fct_transaction_lines') }} as sold
    inner join transactions on sold.transaction_id = transactions.transaction_id
    where sold.line_type = 'sale'

),

-- Each half reads the promotions itself: a shared query of them would be copied first.
promoted_lines as (

    {{ promoted_lines('promotions.store_id = sold_lines.store_id') }}

    union

    {{ promoted_lines('promotions.store_id is null') }}

),

exposures as (

    select
        transaction_id,
        channel,
        count(*) as promoted_line_count,
        cast(sum(net_amount) as decimal(18, 2)) as promoted_net_amount
    from promoted_lines
    group by transaction_id, channel

)

select * from exposures
