-- One row per campaign, as its feeds say now.

{{ config(materialized='view') }}

with current_campaigns as (

    {{ current_rows('campaigns') }}

)

select * from current_campaigns
