-- One row: the as-of date of the refresh.

with refresh as (

    select * from {{ source('build', 'refresh') }}

)

select * from refresh
