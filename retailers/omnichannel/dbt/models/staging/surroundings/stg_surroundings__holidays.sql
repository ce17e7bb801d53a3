-- One row per landed row of holidays.

with source as (

    {{ shopkeeper.typed_source('surroundings', 'holidays') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        market as country_code,
        date as holiday_date,
        name_key as holiday_name,
        is_day_off
    from source

)

select * from renamed
