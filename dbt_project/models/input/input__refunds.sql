-- One row per statement about a refund.

with united as (

    {{ union_of_systems('refunds') }}

)

select * from united
