-- One row per landed line of an order.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        concat({{ adapter.quote('Name') }}, '-', {{ adapter.quote('Lineitem name') }}, '-', cast({{ adapter.quote('Lineitem price') }} as string)) as transaction_line_id,
        {{ adapter.quote('Name') }} as transaction_id,
        coalesce({{ adapter.quote('Lineitem sku') }}, {{ adapter.quote('Lineitem name') }}) as product_id,
        cast({{ adapter.quote('Lineitem quantity') }} as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        -- DECIDE: a discount on the whole order stands in Discount Amount and in no line
        cast(
            {{ adapter.quote('Lineitem price') }} * {{ adapter.quote('Lineitem quantity') }} - coalesce({{ adapter.quote('Lineitem discount') }}, 0)
            as decimal(18, 2)
        ) as net_amount,
        {{ adapter.quote('Lineitem discount') }} as promotion_discount_amount,
        max({{ adapter.quote('Currency') }}) over (partition by batch_id, {{ adapter.quote('Name') }}) as currency_code
    from source

)

select * from renamed
