-- One row per open, click, unsubscription or bounce of a send, up to the as-of date.

{{ config(enabled=is_delivered('engagements')) }}

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

current_engagements as (

    {{ present_rows('engagements') }}

),

-- contradictory rows of one send give neither campaign nor person
sends as (

    select
        send_id,
        min(campaign_id) as campaign_id,
        min(identifier_type) as identifier_type,
        min(identifier_value) as identifier_value
    from {{ ref('input__campaign_sends') }}
    where send_id is not null
    group by send_id
    having min(campaign_id) = max(campaign_id) and min(identifier_value) = max(identifier_value)

),

engagements as (

    select
        engaged.batch_id,
        engaged.source_line_number,
        engaged.engagement_id,
        engaged.send_id,
        coalesce(engaged.campaign_id, sends.campaign_id) as campaign_id,
        coalesce(engaged.identifier_type, sends.identifier_type) as identifier_type,
        coalesce(engaged.identifier_value, sends.identifier_value) as identifier_value,
        engaged.engagement_type,
        engaged.engaged_at,
        {{ business_date('engaged.engaged_at') }} as engaged_date
    from current_engagements as engaged
    left join sends on engaged.send_id = sends.send_id
    where {{ business_date('engaged.engaged_at') }} <= (select as_of_date from refresh)

)

select * from engagements
