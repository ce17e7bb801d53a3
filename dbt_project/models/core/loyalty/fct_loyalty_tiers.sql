-- One row per member and first day of a tier that differs from the one before, up to the as-of date.

{{ config(enabled=is_delivered('loyalty_tiers')) }}

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

current_tiers as (

    {{ present_rows('loyalty_tiers') }}

),

compared as (

    select
        *,
        lag(tier_name) over (
            partition by identifier_type, identifier_value order by started_date
        ) as former_tier_name
    from current_tiers
    where started_date <= (select as_of_date from refresh)

),

tiers as (

    select
        batch_id,
        source_line_number,
        identifier_type,
        identifier_value,
        tier_name,
        started_date,
        {{ add_days(
            'lead(started_date) over (partition by identifier_type, identifier_value order by started_date)', -1
        ) }} as ended_date
    from compared
    where former_tier_name is null or former_tier_name <> tier_name

)

select * from tiers
