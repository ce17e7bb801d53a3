-- One row per refresh, a single row: its as-of date.

with refresh as (

    select as_of_date from {{ source('build', 'refresh') }}

)

select * from refresh
