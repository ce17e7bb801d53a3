-- One row per landed mailing of a campaign to a household.

with source as (

    {{ shopkeeper.typed_source('marketing', 'campaign_mailings') }}

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        campaign_id,
        'household_id' as identifier_type,
        household_id as identifier_value
    from source

)

select * from renamed
