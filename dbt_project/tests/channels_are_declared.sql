-- retailer.yml lists every channel that reached somebody, with its kind.

{{ config(severity='warn') }}

select
    channel,
    count(*) as touchpoint_count
from {{ ref('fct_touchpoints') }}
where
    channel is not null
    {{ and_not_among('channel', var('channels') | list) }}
group by channel
