-- One row per touchpoint of a known customer.

with touchpoints as (

    select * from {{ ref('fct_touchpoints') }}
    where channel is not null

),

identifiers as (

    select * from {{ ref('dim_customer_identifiers') }}

),

touches as (

    select
        touchpoints.touchpoint_id,
        identifiers.customer_id,
        touchpoints.channel,
        touchpoints.campaign_id,
        touchpoints.touched_at
    from touchpoints
    inner join identifiers
        on
            touchpoints.identifier_type = identifiers.identifier_type
            and touchpoints.identifier_value = identifiers.identifier_value

)

select * from touches
