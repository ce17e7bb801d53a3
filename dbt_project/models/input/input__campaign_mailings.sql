-- One row per landed mailing of a campaign to a household.

with united as (
    {{ union_of_systems('campaign_mailings') }}
)

select * from united
