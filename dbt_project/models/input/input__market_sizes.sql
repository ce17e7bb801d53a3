-- One row per statement about the sales of a whole market in a month.

with united as (

    {{ union_of_systems('market_sizes') }}

)

select * from united
