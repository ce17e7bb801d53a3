-- One row per landed row of cities.

with source as (

    {{ shopkeeper.typed_source('surroundings', 'cities') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'city-' || city_id as place_id,
        name_key as place_name,
        name_key as city_name,
        market as country_code,
        latitude,
        longitude
    from source

)

select * from renamed
