{# Input holds each statement of the new batches as often as staging does, and no batch that the version does not
   contain. #}

{% test unique_statements(model, entity) %}

with staged as (

    select
        batch_id,
        count(*) as row_count
    from ({{ shopkeeper.staged_batches(entity) }}) as staged
    group by batch_id

),

found as (

    select
        batch_id,
        count(*) as row_count
    from {{ model }}
    group by batch_id

),

contained as (

    select
        batch_id,
        status
    from {{ source('build', 'batches') }}
    where status in ('new', 'kept')

)

select
    coalesce(found.batch_id, staged.batch_id) as batch_id,
    found.row_count,
    staged.row_count as staged_row_count
from found
full outer join staged on found.batch_id = staged.batch_id
left join contained on coalesce(found.batch_id, staged.batch_id) = contained.batch_id
where
    contained.batch_id is null
    or (contained.status = 'new' and coalesce(found.row_count, 0) <> coalesce(staged.row_count, 0))

{% endtest %}

{% macro staged_batches(entity) -%}
    {%- set deliverers = shopkeeper.deliverers_of(entity) -%}
    {%- for deliverer in deliverers %}
    select batch_id from {{ deliverer }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select batch_id from {{ source('build', 'batches') }} where 1 = 0
    {%- endfor %}
{%- endmacro %}
