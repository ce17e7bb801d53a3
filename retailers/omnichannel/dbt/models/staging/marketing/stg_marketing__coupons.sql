-- One row per landed row of coupons.

with source as (

    {{ shopkeeper.typed_source('marketing', 'coupons') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        coupon_id,
        campaign_id,
        offer_id,
        'customer_id' as identifier_type,
        customer_no as identifier_value,
        issued_at
    from source

)

select * from renamed
