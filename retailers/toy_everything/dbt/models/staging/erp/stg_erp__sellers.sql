-- One row per landed row of sellers.

with source as (

    {{ shopkeeper.typed_source('erp', 'sellers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        seller_id,
        name as seller_name,
        region as region_name,
        changed_at as stated_at,
        is_deleted
    from source

)

select * from renamed
