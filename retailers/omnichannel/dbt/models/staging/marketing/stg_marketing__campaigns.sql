-- One row per landed row of campaigns.

with source as (

    {{ shopkeeper.typed_source('marketing', 'campaigns') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        campaign_id,
        purpose || ' ' || market as campaign_name,
        purpose as campaign_type,
        channel,
        starts_date as started_date,
        ends_date as ended_date
    from source

)

select * from renamed
