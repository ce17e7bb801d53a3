-- One row per landed row of places.

with source as (

    {{ shopkeeper.typed_source('erp', 'places') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        place_id,
        city as city_name,
        country as country_code
    from source

)

select * from renamed
