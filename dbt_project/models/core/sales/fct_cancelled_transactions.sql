-- One row per transaction that was cancelled; it counts nowhere else.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='transaction_id',
    changed_in='int_sales__changed_transactions'
) }}

-- depends_on: {{ ref('int_sales__changed_transactions') }}

with headers as (

    select * from {{ ref('int_sales__headers') }}
    where transaction_status = 'cancelled'

),

lines as (

    select
        transaction_id,
        count(*) as line_count,
        cast(sum(net_amount) as decimal(18, 2)) as net_amount
    from {{ ref('int_sales__current_lines') }}
    where gone_since_date is null
    group by transaction_id

),

cancelled as (

    select
        headers.batch_id,
        headers.source_line_number,
        headers.transaction_id,
        headers.identifier_type,
        headers.identifier_value,
        headers.store_id,
        headers.sales_channel,
        headers.transaction_at,
        {{ business_date('headers.transaction_at') }} as transaction_date,
        headers.stated_at as cancelled_at,
        coalesce(lines.line_count, 0) as line_count,
        coalesce(lines.net_amount, 0) as net_amount,
        headers.currency_code
    from headers
    left join lines on headers.transaction_id = lines.transaction_id

)

select * from cancelled
