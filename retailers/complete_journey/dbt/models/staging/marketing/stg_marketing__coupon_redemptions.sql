-- One row per landed redemption of a coupon.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('marketing', 'coupon_redemptions') }}

),

renamed as (

    select
        -- origin
        batch_id,
        _line_number as source_line_number,

        -- ids
        {{ shopkeeper.cast_source_column('marketing', 'coupon_redemptions', 'coupon_upc') }} as coupon_id,
        {{ shopkeeper.cast_source_column('marketing', 'coupon_redemptions', 'campaign_id') }} as campaign_id,
        {{ shopkeeper.cast_source_column('marketing', 'coupon_redemptions', 'household_id') }} as household_id,

        -- times
        {{ shopkeeper.cast_source_column('marketing', 'coupon_redemptions', 'redemption_date') }} as redeemed_date,
    from source

)

select * from renamed
