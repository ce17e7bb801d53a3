-- One row per payment that this refresh adds, alters or takes away.

{{ config(enabled=is_delivered('payments')) }}

with changed as (

    {{ changed_keys('payments') }}

)

select * from changed
