-- One row per channel, campaign and day of spend, up to the as-of date.

{{ config(enabled=is_delivered('campaign_spend')) }}

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

current_spend as (

    {{ present_rows('campaign_spend') }}

),

spend as (

    select
        batch_id,
        source_line_number,
        channel,
        campaign_id,
        spend_date,
        spend_amount,
        impression_count,
        click_count,
        currency_code
    from current_spend
    where spend_date <= (select as_of_date from refresh)

)

select * from spend
