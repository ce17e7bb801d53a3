-- One row per piece of feedback that this refresh adds, alters or takes away.

{{ config(enabled=is_delivered('feedback')) }}

with changed as (

    {{ changed_keys('feedback') }}

)

select * from changed
