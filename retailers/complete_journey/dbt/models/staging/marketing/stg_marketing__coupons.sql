-- One row per landed coupon, product that it is good for and campaign.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('marketing', 'coupons') }}

),

renamed as (

    select
        -- origin
        batch_id,
        _line_number as source_line_number,

        -- ids
        {{ shopkeeper.cast_source_column('marketing', 'coupons', 'coupon_upc') }} as coupon_id,
        {{ shopkeeper.cast_source_column('marketing', 'coupons', 'product_id') }} as product_id,
        {{ shopkeeper.cast_source_column('marketing', 'coupons', 'campaign_id') }} as campaign_id,
    from source

)

select * from renamed
