-- One row per landed mailing of a campaign to a household.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('marketing', 'campaign_mailings') }}

),

renamed as (

    select
        -- origin
        batch_id,
        _line_number as source_line_number,

        -- ids
        {{ shopkeeper.cast_source_column('marketing', 'campaign_mailings', 'campaign_id') }} as campaign_id,
        {{ shopkeeper.cast_source_column('marketing', 'campaign_mailings', 'household_id') }} as household_id,
    from source

)

select * from renamed
