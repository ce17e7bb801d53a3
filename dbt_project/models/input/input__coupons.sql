-- One row per statement about a coupon given to one person.

with united as (

    {{ union_of_systems('coupons') }}

)

select * from united
