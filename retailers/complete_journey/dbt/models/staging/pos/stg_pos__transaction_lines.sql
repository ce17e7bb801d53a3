-- One row per landed line of a basket, as the tills recorded it; fuel in gallons.

with source as (

    {{ shopkeeper.typed_source('pos', 'transaction_lines') }}

),

priced as (

    select
        *,
        sales_value + retail_disc + coupon_match_disc as gross_amount
    from source

),

measured as (

    select
        *,
        -- no piece costs less than a cent: such a price is one of a thousandth of a gallon
        gross_amount <> 0 and abs(gross_amount) < abs(quantity) * 0.01 as is_fuel_by_volume
    from priced

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        basket_id || '-' || product_id as transaction_line_id,
        basket_id as transaction_id,
        product_id,
        returned_basket_id as returned_transaction_id,

        -- amounts
        cast(
            case when is_fuel_by_volume then quantity * 0.001 else quantity end as decimal(18, 3)
        ) as unit_quantity,
        case when is_fuel_by_volume then 'gallon' else 'piece' end as unit_of_measure,
        sales_value as net_amount,
        retail_disc as loyalty_discount_amount,
        coupon_match_disc as coupon_discount_amount,
        coupon_disc as third_party_discount_amount,
        {{ shopkeeper.currency_of('pos', 'transaction_lines') }} as currency_code
    from measured

)

select * from renamed
