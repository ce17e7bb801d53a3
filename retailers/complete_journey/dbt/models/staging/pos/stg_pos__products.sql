-- One row per landed line of the product list.

with source as (

    {{ shopkeeper.typed_source('pos', 'products') }}

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        product_id,
        manufacturer_id,

        -- attributes
        brand = 'Private' as is_own_brand,
        department as department_name,
        product_category as category_name,
        product_type as product_type_name,
        package_size
    from source

)

select * from renamed
