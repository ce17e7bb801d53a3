-- One row per landed row of products.

with source as (

    {{ shopkeeper.typed_source('erp', 'products') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        cast(article as string) as product_id,
        name_en as product_name,
        cast(brand_id as string) as brand_name,
        category as category_name,
        subcategory as product_type_name
    from source

)

select * from renamed
