-- One row per landed row of coupons.

with source as (

    {{ shopkeeper.typed_source('second_marketing', 'coupons') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-' || coupon_id as coupon_id,
        campaign_id,
        offer_id,
        'customer_id' as identifier_type,
        customer_no as identifier_value,
        issued_at
    from source

)

select * from renamed
