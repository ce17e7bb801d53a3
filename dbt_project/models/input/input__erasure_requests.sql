-- One row per statement about an account whose owner asked for its erasure.

with united as (

    {{ union_of_systems('erasure_requests') }}

)

select * from united
