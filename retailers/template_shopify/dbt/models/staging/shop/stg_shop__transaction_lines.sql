-- One row per landed line of an order.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        concat(
            {{ shopkeeper.column_name('Name') }}, '-',
            {{ shopkeeper.column_name('Lineitem name') }}, '-',
            cast({{ shopkeeper.column_name('Lineitem price') }} as string)
        ) as transaction_line_id,
        {{ shopkeeper.column_name('Name') }} as transaction_id,
        coalesce(
            {{ shopkeeper.column_name('Lineitem sku') }},
            {{ shopkeeper.column_name('Lineitem name') }}
        ) as product_id,
        cast({{ shopkeeper.column_name('Lineitem quantity') }} as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        -- DECIDE: a discount on the whole order is only in Discount Amount, not in a line
        cast(
            {{ shopkeeper.column_name('Lineitem price') }}
            * {{ shopkeeper.column_name('Lineitem quantity') }}
            - coalesce({{ shopkeeper.column_name('Lineitem discount') }}, 0)
            as decimal(18, 2)
        ) as net_amount,
        {{ shopkeeper.column_name('Lineitem discount') }} as promotion_discount_amount,
        max({{ shopkeeper.column_name('Currency') }})
            over (partition by batch_id, {{ shopkeeper.column_name('Name') }})
            as currency_code
    from source

)

select * from renamed
