-- One row per landed line of the product list.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('pos', 'products') }}

),

renamed as (

    select
        -- origin
        batch_id,
        _line_number as source_line_number,

        -- ids
        {{ shopkeeper.cast_source_column('pos', 'products', 'product_id') }} as product_id,
        {{ shopkeeper.cast_source_column('pos', 'products', 'manufacturer_id') }} as manufacturer_id,

        -- attributes
        {{ shopkeeper.cast_source_column('pos', 'products', 'department') }} as department_name,
        {{ shopkeeper.cast_source_column('pos', 'products', 'product_category') }} as category_name,
        {{ shopkeeper.cast_source_column('pos', 'products', 'product_type') }} as product_type_name,
        {{ shopkeeper.cast_source_column('pos', 'products', 'brand') }} as brand_type,
        {{ shopkeeper.cast_source_column('pos', 'products', 'package_size') }} as package_size,
    from source

)

select * from renamed
