-- Counts the visits of devices whose clock is off: a purchase is more than a minute away from its sale.

{{ config(severity='warn', enabled=is_delivered('events')) }}

with events as (

    select * from {{ ref('input__events') }}

),

off_purchases as (

    select distinct
        purchases.session_id,
        purchases.device_id
    from events as purchases
    inner join {{ ref('fct_transactions') }} as sales
        on purchases.transaction_id = sales.transaction_id
    where
        purchases.event_type = 'purchase'
        and abs({{ seconds_between('purchases.happened_at', 'sales.transaction_at') }}) > 60

)

select session_id from off_purchases
where session_id is not null

union

select session_id from events
where
    session_id is not null
    and device_id in (select device_id from off_purchases)
