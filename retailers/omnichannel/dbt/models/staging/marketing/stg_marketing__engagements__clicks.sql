-- One row per landed row of clicks.

with source as (

    {{ shopkeeper.typed_source('marketing', 'clicks') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'click-' || send_id as engagement_id,
        send_id,
        'click' as engagement_type,
        clicked_at as engaged_at
    from source

)

select * from renamed
