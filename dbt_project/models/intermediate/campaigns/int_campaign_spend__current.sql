-- One row per channel, campaign and day of spend, as its feeds say now.

{{ config(materialized='view') }}

with current_campaign_spend as (

    {{ current_rows('campaign_spend') }}

)

select * from current_campaign_spend
