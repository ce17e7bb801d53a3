-- One row per statement about a price that a survey saw at a competitor.

with united as (

    {{ union_of_systems('market_prices') }}

)

select * from united
