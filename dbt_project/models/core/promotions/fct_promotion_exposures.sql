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
        lines.transaction_line_id,
        lines.transaction_id,
        lines.product_id,
        lines.net_amount,
        transactions.store_id,
        transactions.transaction_date
    from {{ ref('fct_transaction_lines') }} as lines
    inner join transactions on lines.transaction_id = transactions.transaction_id
    where lines.line_type = 'sale'

),

bounds as (

    select
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from transactions

),

promotions as (

    select promotions.* from {{ ref('input__promotions') }} as promotions
    inner join bounds
        on promotions.ended_date >= bounds.first_date and promotions.started_date <= bounds.last_date

),

promoted_in_store as (

    select
        sold_lines.transaction_line_id,
        sold_lines.transaction_id,
        sold_lines.net_amount,
        promotions.channel
    from sold_lines
    inner join promotions
        on
            sold_lines.product_id = promotions.product_id
            and sold_lines.store_id = promotions.store_id
            and sold_lines.transaction_date between promotions.started_date and promotions.ended_date

),

promoted_everywhere as (

    select
        sold_lines.transaction_line_id,
        sold_lines.transaction_id,
        sold_lines.net_amount,
        promotions.channel
    from sold_lines
    inner join promotions
        on
            sold_lines.product_id = promotions.product_id
            and sold_lines.transaction_date between promotions.started_date and promotions.ended_date
    where promotions.store_id is null

),

promoted_lines as (

    select * from promoted_in_store

    union

    select * from promoted_everywhere

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
