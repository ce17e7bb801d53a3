-- One row per piece of feedback that this refresh adds, alters or takes away.

with changed as (

    {{ changed_keys('feedback') }}

)

select * from changed
