-- One row per landed line of a basket, as the tills recorded it.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('pos', 'transaction_lines') }}

),

renamed as (

    select
        -- origin
        batch_id,
        _line_number as source_line_number,

        -- ids
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'basket_id') }}
        || '-' || {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'product_id') }} as transaction_line_id,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'basket_id') }} as transaction_id,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'product_id') }} as product_id,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'household_id') }} as household_id,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'store_id') }} as store_id,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'returned_basket_id') }} as returned_transaction_id,

        -- amounts
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'quantity') }} as source_quantity,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'sales_value') }} as net_amount,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'retail_disc') }} as loyalty_discount_amount,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'coupon_disc') }} as manufacturer_coupon_amount,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'coupon_match_disc') }} as coupon_match_amount,
        '{{ var("currency_code") }}' as currency_code,

        -- times
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'transaction_timestamp') }} as transaction_at,
    from source

)

select * from renamed
