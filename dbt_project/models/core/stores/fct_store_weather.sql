-- One row per store and day with the weather of its place.

{{ config(enabled=is_delivered('weather')) }}

with weather as (

    {{ present_rows('weather') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

store_weather as (

    select
        stores.store_id,
        weather.weather_date,
        weather.lowest_temperature,
        weather.highest_temperature,
        weather.rain_depth
    from stores
    inner join weather on stores.place_id = weather.place_id

)

select * from store_weather
