-- One row per visit of a person to the web shop, the app or the mini-program.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='session_id',
    changed_in='int_sessions__changed', enabled=is_delivered('events')
) }}

-- depends_on: {{ ref('int_sessions__changed') }}

with measured as (

    select * from {{ ref('int_sessions__measured') }}

),

sessions as (

    select
        session_id,
        sales_channel,
        identifier_type,
        identifier_value,
        started_at,
        ended_at,
        started_date,
        event_count,
        product_view_count,
        search_count,
        failed_search_count,
        cart_count,
        transaction_id
    from measured
    where not is_bot

)

select * from sessions
