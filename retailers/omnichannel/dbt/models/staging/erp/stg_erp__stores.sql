-- One row per landed row of places that is a store.

with source as (

    {{ shopkeeper.typed_source('erp', 'places') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        place_id as store_id,
        'city-' || city_id as place_id,
        case market when 'GB' then 'GB' else 'CN' end as country_code
    from source
    where kind = 'store'

)

select * from renamed
