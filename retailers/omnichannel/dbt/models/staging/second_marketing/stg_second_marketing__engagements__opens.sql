-- One row per landed row of opens.

with source as (

    {{ shopkeeper.typed_source('second_marketing', 'opens') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-open-' || send_id as engagement_id,
        'second-' || send_id as send_id,
        'open' as engagement_type,
        opened_at as engaged_at
    from source

)

select * from renamed
