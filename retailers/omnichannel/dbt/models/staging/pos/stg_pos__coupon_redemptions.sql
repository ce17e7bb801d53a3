-- One row per batch, receipt and coupon that its lines used.

with source as (

    {{ shopkeeper.typed_source('pos', 'receipt_lines') }}

),

renamed as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        coupon as coupon_id,
        case when member_id is not null then 'card_number' end as identifier_type,
        member_id as identifier_value,
        cast(sold_at as date) as redeemed_date
    from source
    where coupon is not null
    group by batch_id, receipt_no, coupon, member_id, sold_at

)

select * from renamed
