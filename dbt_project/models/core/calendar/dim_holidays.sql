-- One row per country, day and holiday or shopping day.

{{ config(enabled=is_delivered('holidays')) }}

with current_holidays as (

    {{ present_rows('holidays') }}

),

holidays as (

    select
        country_code,
        holiday_date,
        holiday_name,
        is_day_off
    from current_holidays

)

select * from holidays
