-- One row per campaign, coupon, identifier and day of redemption, up to the as-of date.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

coupons as (

    {{ present_rows('coupons') }}

),

redemptions as (

    select distinct
        redeemed.coupon_id,
        coalesce(redeemed.campaign_id, coupons.campaign_id) as campaign_id,
        coalesce(redeemed.identifier_type, coupons.identifier_type) as identifier_type,
        coalesce(redeemed.identifier_value, coupons.identifier_value) as identifier_value,
        redeemed.redeemed_date
    from {{ ref('input__coupon_redemptions') }} as redeemed
    left join coupons on redeemed.coupon_id = coupons.coupon_id
    where redeemed.redeemed_date <= (select as_of_date from refresh)

)

select * from redemptions
where campaign_id is not null and identifier_value is not null
