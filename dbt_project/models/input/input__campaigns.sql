-- One row per landed description of a campaign.

with united as (
    {{ union_of_systems('campaigns') }}
)

select * from united
