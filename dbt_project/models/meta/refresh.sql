-- One row per refresh, that is one: what day the version stands for.

with refresh as (

    select * from {{ source('build', 'refresh') }}

)

select * from refresh
