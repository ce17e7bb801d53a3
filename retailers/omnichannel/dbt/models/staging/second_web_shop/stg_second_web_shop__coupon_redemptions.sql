-- One row per landed row of orders that used a coupon.

with source as (

    {{ shopkeeper.typed_source('second_web_shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-' || coupon_id as coupon_id,
        case when account is not null then 'account_id' end as identifier_type,
        account as identifier_value,
        {{ shopkeeper.business_date('ordered_at') }} as redeemed_date
    from source
    where coupon_id is not null

)

select * from renamed
