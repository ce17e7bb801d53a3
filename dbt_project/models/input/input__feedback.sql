-- One row per statement about a piece of feedback.

with united as (

    {{ union_of_systems('feedback') }}

)

select * from united
