-- One row per statement about how often a piece of feedback was liked and shared.

with united as (

    {{ union_of_systems('feedback_reactions') }}

)

select * from united
