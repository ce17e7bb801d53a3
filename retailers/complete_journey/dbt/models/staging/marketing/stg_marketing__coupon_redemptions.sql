-- One row per landed redemption of a coupon.

with source as (

    {{ shopkeeper.typed_source('marketing', 'coupon_redemptions') }}

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        coupon_upc as coupon_id,
        campaign_id,
        'household_id' as identifier_type,
        household_id as identifier_value,

        -- times
        redemption_date as redeemed_date
    from source

)

select * from renamed
