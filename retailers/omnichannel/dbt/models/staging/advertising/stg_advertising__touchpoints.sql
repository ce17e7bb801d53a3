-- One row per landed row of impressions.

with source as (

    {{ shopkeeper.typed_source('advertising', 'impressions') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'ad-' || anonymous_id || '-' || market || '-' || channel || '-'
        || cast(first_at as string) as touchpoint_id,
        'device_id' as identifier_type,
        anonymous_id as identifier_value,
        channel,
        first_at as touched_at
    from source

)

select * from renamed
