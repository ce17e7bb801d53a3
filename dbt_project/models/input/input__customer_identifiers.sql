-- One row per batch and identifier of a customer that it mentions.

with united as (
    {{ union_of_systems('customer_identifiers') }}
)

select * from united
