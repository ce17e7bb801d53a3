-- One row per landed description of a campaign.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('marketing', 'campaigns') }}

),

renamed as (

    select
        -- origin
        batch_id,
        _line_number as source_line_number,

        -- ids
        {{ shopkeeper.cast_source_column('marketing', 'campaigns', 'campaign_id') }} as campaign_id,

        -- attributes
        lower(
            replace({{ shopkeeper.cast_source_column('marketing', 'campaigns', 'campaign_type') }}, ' ', '_')
        ) as campaign_type,

        -- times
        {{ shopkeeper.cast_source_column('marketing', 'campaigns', 'start_date') }} as started_date,
        {{ shopkeeper.cast_source_column('marketing', 'campaigns', 'end_date') }} as ended_date,
    from source

)

select * from renamed
