{# Each new batch of promotions has as many placements of a channel as rows that name a location in it. #}

{% test unique_landed_placements(model, locations) %}

with source as (

    {{ shopkeeper.typed_source('marketing', 'promotions') }}

),

landed as (

    select
        {%- for channel, location in locations.items() %}
        sum(case when {{ location }} <> '0' then 1 else 0 end) as {{ channel }}_count,
        {%- endfor %}
        batch_id
    from source
    group by batch_id

),

staged as (

    select
        {%- for channel in locations %}
        sum(case when channel = '{{ channel }}' then 1 else 0 end) as {{ channel }}_count,
        {%- endfor %}
        batch_id
    from {{ model }}
    group by batch_id

)

select coalesce(landed.batch_id, staged.batch_id) as batch_id
from landed
full outer join staged on landed.batch_id = staged.batch_id
where
    {%- for channel in locations %}
    coalesce(landed.{{ channel }}_count, 0) <> coalesce(staged.{{ channel }}_count, 0){{ ' or' if not loop.last }}
    {%- endfor %}

{% endtest %}
