-- One row per landed redemption of a coupon.

with united as (

    {{ union_of_systems('coupon_redemptions') }}

)

select * from united
