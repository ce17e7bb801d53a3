-- One row per landed row of clicks.

with source as (

    {{ shopkeeper.typed_source('second_marketing', 'clicks') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-click-' || send_id as engagement_id,
        'second-' || send_id as send_id,
        'click' as engagement_type,
        clicked_at as engaged_at
    from source

)

select * from renamed
