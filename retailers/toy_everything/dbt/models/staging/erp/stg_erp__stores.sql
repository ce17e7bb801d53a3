-- One row per landed row of stores.

with source as (

    {{ shopkeeper.typed_source('erp', 'stores') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        store_id,
        name as store_name,
        place_id
    from source

)

select * from renamed
