-- One row per landed send of a campaign to an identifier.

with united as (

    {{ union_of_systems('campaign_sends') }}

)

select * from united
