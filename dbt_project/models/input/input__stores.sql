-- One row per batch and store that it mentions.

with united as (
    {{ union_of_systems('stores') }}
)

select * from united
