{# Input holds as many placements of a channel of each new batch as rows that name a location in it: `model`, which
   makes them, is not read, since that would take another pass over 20 million rows. #}

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

placed as (

    select
        {%- for channel in locations %}
        sum(case when channel = '{{ channel }}' then 1 else 0 end) as {{ channel }}_count,
        {%- endfor %}
        batch_id
    from {{ ref('shopkeeper', 'input__promotions') }}
    where batch_id in (select batch_id from {{ source('build', 'batches') }} where status = 'new')
    group by batch_id

)

select coalesce(landed.batch_id, placed.batch_id) as batch_id
from landed
full outer join placed on landed.batch_id = placed.batch_id
where
    {%- for channel in locations %}
    coalesce(landed.{{ channel }}_count, 0) <> coalesce(placed.{{ channel }}_count, 0){{ ' or' if not loop.last }}
    {%- endfor %}

{% endtest %}
