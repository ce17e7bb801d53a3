-- One row per landed row of events that opens a visit which marketing brought.

with source as (

    {{ shopkeeper.typed_source('second_clickstream', 'events') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-visit-' || event_id as touchpoint_id,
        'device_id' as identifier_type,
        anonymous_id as identifier_value,
        regexp_extract(url, 'utm_source=([a-z_]+)', 1) as channel,
        nullif(regexp_extract(url, 'utm_campaign=([0-9]+)', 1), '') as campaign_id,
        ts as touched_at
    from source
    where type = 'open' and regexp_extract(url, 'utm_source=([a-z_]+)', 1) not in ('', 'direct', 'organic')

)

select * from renamed
