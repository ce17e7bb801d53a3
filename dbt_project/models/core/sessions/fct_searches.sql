-- One row per search of a person.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='session_id',
    changed_in='int_sessions__changed', enabled=is_delivered('events')
) }}

with events as (

    {{ present_rows('events', 'int_sessions__changed', 'session_id') }}

),

sessions as (

    select * from {{ ref('int_sessions__measured') }}
    where not is_bot

),

searches as (

    select
        event_id,
        session_id,
        sales_channel,
        search_text,
        result_count,
        result_count = 0 as is_failed,
        happened_at
    from events
    where event_type = 'search' and session_id in (select session_id from sessions)

)

select * from searches
