-- One row per landed row of campaigns.

with source as (

    {{ shopkeeper.typed_source('ads', 'campaigns') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        campaign_id,
        name as campaign_name,
        channel as campaign_type,
        channel,
        started as started_date,
        ended as ended_date
    from source

)

select * from renamed
