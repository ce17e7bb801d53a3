-- One row per landed placement of a product in a store's display or mailer during one week.

with united as (
    {{ union_of_systems('promotions') }}
)

select * from united
