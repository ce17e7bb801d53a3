-- One row per landed row of coupons.

with source as (

    {{ shopkeeper.typed_source('ads', 'coupons') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        coupon_id,
        campaign_id,
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        redeemed as redeemed_date
    from source

)

select * from renamed
