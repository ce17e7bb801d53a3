{# Each new batch of promotions has as many placements of a channel as rows that name a location in it. #}

{% test unique_landed_placements(model, locations) %}

with source as (

    {{ shopkeeper.typed_source('marketing', 'promotions') }}

),

landed as (

    {%- for channel, location in locations.items() %}
    select
        batch_id,
        '{{ channel }}' as channel,
        count(*) as row_count
    from source
    where {{ location }} <> '0'
    group by batch_id
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

staged as (

    select
        batch_id,
        channel,
        count(*) as row_count
    from {{ model }}
    group by batch_id, channel

)

select
    coalesce(landed.batch_id, staged.batch_id) as batch_id,
    coalesce(landed.channel, staged.channel) as channel
from landed
full outer join staged on landed.batch_id = staged.batch_id and landed.channel = staged.channel
where landed.row_count is null or staged.row_count is null or landed.row_count <> staged.row_count

{% endtest %}
