-- One row per channel, campaign and day of spend, up to the as-of date.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

current_spend as (

    select * from {{ ref('int_campaign_spend__current') }}
    where gone_since_date is null

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
