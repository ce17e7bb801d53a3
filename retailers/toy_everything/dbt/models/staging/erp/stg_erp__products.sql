-- One row per landed row of products.

with source as (

    {{ shopkeeper.typed_source('erp', 'products') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        product_id,
        name as product_name,
        category as category_name,
        own_brand as is_own_brand
    from source

)

select * from renamed
