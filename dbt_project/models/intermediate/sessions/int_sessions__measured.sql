-- One row per changed visit: what happened in it, and whether it is too fast for a person.

{{ config(enabled=is_delivered('events')) }}

with events as (

    {{ present_rows('events', 'int_sessions__changed', 'session_id') }}

),

sessions as (

    select
        session_id,
        max(sales_channel) as sales_channel,
        max(account_id) as account_id,
        max(device_id) as device_id,
        min(happened_at) as started_at,
        max(happened_at) as ended_at,
        count(*) as event_count,
        count(*) filter (where event_type = 'view_product') as product_view_count,
        count(*) filter (where event_type = 'search') as search_count,
        count(*) filter (where event_type = 'search' and result_count = 0) as failed_search_count,
        count(*) filter (where event_type = 'add_to_cart') as cart_count,
        max(transaction_id) as transaction_id
    from events
    group by session_id

),

measured as (

    select
        session_id,
        sales_channel,
        case when account_id is null then 'device_id' else 'account_id' end as identifier_type,
        coalesce(account_id, device_id) as identifier_value,
        started_at,
        ended_at,
        {{ business_date('started_at') }} as started_date,
        event_count,
        product_view_count,
        search_count,
        failed_search_count,
        cart_count,
        transaction_id,
        event_count >= 10
        and {{ seconds_between('started_at', 'ended_at') }} < 2 * (event_count - 1) as is_bot
    from sessions

)

select * from measured
