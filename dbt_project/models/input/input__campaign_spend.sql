-- One row per statement about the spend of a day.

with united as (

    {{ union_of_systems('campaign_spend') }}

)

select * from united
