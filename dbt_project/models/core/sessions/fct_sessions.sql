-- One row per visit of a person to the web shop, the app or the mini-program.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='session_id',
    changed_in='int_sessions__changed', enabled=is_delivered('events')
) }}

-- depends_on: {{ ref('int_sessions__changed') }}

with sessions as (

    {{ visits('not is_bot') }}

)

select * from sessions
