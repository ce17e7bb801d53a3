-- One row per payment that this refresh adds, alters or takes away.

with changed as (

    {{ changed_keys('payments') }}

)

select * from changed
