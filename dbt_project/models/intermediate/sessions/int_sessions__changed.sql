-- One row per visit of which this refresh adds, alters or takes away an event.

{{ config(enabled=is_delivered('events')) }}

with changed as (

    {{ changed_keys('events') }}

)

select * from changed
where session_id is not null
