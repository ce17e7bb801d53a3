-- One row per attribution model and campaign.

with source as (

    select * from {{ source('scores', 'campaign_credits') }}

),

renamed as (

    select
        attribution_model,
        campaign_id,
        conversion_count,
        credited_amount
    from source

)

select * from renamed
