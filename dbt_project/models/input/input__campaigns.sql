-- One row per statement about a campaign.

with united as (

    {{ union_of_systems('campaigns') }}

)

select * from united
