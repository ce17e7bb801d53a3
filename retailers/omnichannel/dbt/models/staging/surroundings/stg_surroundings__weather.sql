-- One row per landed row of weather.

with source as (

    {{ shopkeeper.typed_source('surroundings', 'weather') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'city-' || city_id as place_id,
        date as weather_date,
        low_celsius as lowest_temperature,
        high_celsius as highest_temperature,
        rain_mm as rain_depth
    from source

)

select * from renamed
