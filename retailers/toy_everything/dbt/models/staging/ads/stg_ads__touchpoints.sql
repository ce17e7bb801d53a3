-- One row per landed row of clicks.

with source as (

    {{ shopkeeper.typed_source('ads', 'clicks') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        click_id as touchpoint_id,
        'device_id' as identifier_type,
        device_id as identifier_value,
        channel,
        campaign_id,
        clicked_at as touched_at
    from source

)

select * from renamed
