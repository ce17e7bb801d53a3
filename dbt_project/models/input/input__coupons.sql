-- One row per landed coupon, product that it is good for and campaign.

with united as (
    {{ union_of_systems('coupons') }}
)

select * from united
