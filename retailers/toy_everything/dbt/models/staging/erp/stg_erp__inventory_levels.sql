-- One row per landed row of stock.

with source as (

    {{ shopkeeper.typed_source('erp', 'stock') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        day as inventory_date,
        store_id,
        product_id,
        on_hand as on_hand_quantity,
        available as available_quantity,
        'piece' as unit_of_measure
    from source

)

select * from renamed
