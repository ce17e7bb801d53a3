-- One row per landed description of a campaign.

with source as (

    {{ shopkeeper.typed_source('marketing', 'campaigns') }}

),

typed as (

    select
        *,
        lower(replace(campaign_type, ' ', '_')) as campaign_type_name
    from source

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        campaign_id,

        -- attributes
        campaign_type_name as campaign_type,
        'mail_' || campaign_type_name as channel,

        -- times
        start_date as started_date,
        end_date as ended_date
    from typed

)

select * from renamed
