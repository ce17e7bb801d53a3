-- One row per landed row of events.

with source as (

    {{ shopkeeper.typed_source('clickstream', 'events') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        event_id,
        session as session_id,
        type as event_type,
        channel as sales_channel,
        anonymous_id as device_id,
        user_id as account_id,
        product as product_id,
        query as search_text,
        results as result_count,
        'web-' || order_id as transaction_id,
        ts as happened_at
    from source

)

select * from renamed
