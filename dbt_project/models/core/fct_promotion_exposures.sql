-- One row per transaction and in-store channel (display, mailer) in which one of its products was promoted.

{{ config(
    materialized='incremental', incremental_strategy='by_transaction', on_schema_change='fail',
    changed_in='int_promotions__changed_transactions'
) }}

with changed_transactions as (

    select * from {{ ref('int_promotions__changed_transactions') }}

),

transactions as (

    select
        transaction_id,
        store_id,
        {{ week_start_date('transaction_date') }} as week_start_date,
    from {{ ref('fct_transactions') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

lines as (

    select * from {{ ref('fct_transaction_lines') }}
    where
        line_type = 'sale'
        and transaction_id in (select transaction_id from changed_transactions)

),

promotions as (

    select * from {{ ref('input__promotions') }}
    where week_start_date in (select week_start_date from transactions)

),

promoted_lines as (

    select
        lines.transaction_line_id,
        lines.transaction_id,
        lines.net_amount,
        max(promotions.display_location <> '0') as is_displayed,
        max(promotions.mailer_location <> '0') as is_mailed,
    from lines
    inner join transactions on lines.transaction_id = transactions.transaction_id
    inner join promotions
        on
            transactions.week_start_date = promotions.week_start_date
            and transactions.store_id = promotions.store_id
            and lines.product_id = promotions.product_id
    group by lines.transaction_line_id, lines.transaction_id, lines.net_amount

),

exposures as (

    select
        transaction_id,
        'display' as channel,
        count(*) as promoted_line_count,
        cast(sum(net_amount) as decimal(18, 2)) as promoted_net_amount,
    from promoted_lines
    where is_displayed
    group by transaction_id

    union all

    select
        transaction_id,
        'mailer' as channel,
        count(*) as promoted_line_count,
        cast(sum(net_amount) as decimal(18, 2)) as promoted_net_amount,
    from promoted_lines
    where is_mailed
    group by transaction_id

)

select * from exposures
