-- One row per landed row of stock.

with source as (

    {{ shopkeeper.typed_source('erp', 'stock') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        date as inventory_date,
        cast(place_id as string) as store_id,
        cast(product_id as string) as product_id,
        cast(closing_units as decimal(18, 3)) as on_hand_quantity,
        'piece' as unit_of_measure
    from source

)

select * from renamed
