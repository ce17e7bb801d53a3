-- One row per refresh, a single row: its as-of date.

with refresh as (

    select * from {{ source('build', 'refresh') }}

)

select * from refresh
