{# One row per key of an entity: what its feeds say now, by the delivery of each.

   Events: equal statements are one; keys of unequal ones are left out (`conflicting_rows` shows them). Upserts: the
   newest `stated_at`, of equal ones the greatest content, without any the one that landed last. Snapshots: as the
   newest one says; `gone_since_date` is the day since which it lacks a key. Deletes: gone. Of two systems, one that still
   has the key comes first. `changed_in`: a model of the keys (or `by`) to look at. #}

{% macro current_rows(entity, changed_in=none, by=none) -%}
    {%- if shopkeeper.is_delivered(entity) -%}
    {{ shopkeeper.current_statements(entity, changed_in, by) }}
    {%- else -%}
    select
        *,
        cast(null as date) as gone_since_date
    from {{ ref('input__' ~ entity) }}
    {%- endif -%}
{%- endmacro %}

{# The same without deleted keys. #}

{% macro present_rows(entity, changed_in=none, by=none) -%}
    select * from (
        {{ shopkeeper.current_rows(entity, changed_in, by) }}
    ) as current_rows
    where gone_since_date is null
{%- endmacro %}

{% macro current_statements(entity, changed_in, by) -%}
    {%- set key = shopkeeper.entity_key(entity) | join(', ') -%}
    {%- set columns = shopkeeper.entity_columns(entity) | join(', ') -%}
    with repeated_keys as (
        {{ shopkeeper.repeated_keys(entity, changed_in, by) }}
    ),

    repeated as (
        {{ shopkeeper.repeated_rows(entity, changed_in, by) }}
    ),

    conflicting_keys as (
        {{ shopkeeper.conflicting_keys(entity) }}
    ),

    of_one_system as (
        select
            *,
            row_number() over (
                partition by {{ key }}, system
                order by
                    {{ shopkeeper.statement_order() }}
            ) as statement_rank
        from repeated
    ),

    of_all_systems as (
        select
            *,
            row_number() over (
                partition by {{ key }}
                order by
                    case when gone_since_date is null then 0 else 1 end,
                    stated_at desc nulls last,
                    row_content desc,
                    system
            ) as system_rank
        from of_one_system
        where statement_rank = 1
    )

    select
        {{ columns }},
        gone_since_date
    from ({{ shopkeeper.placed_rows(entity, changed_in, by) }}) as placed
    anti join repeated_keys using ({{ key }})

    union all

    select
        {{ columns }},
        gone_since_date
    from of_all_systems
    anti join conflicting_keys using ({{ key }})
    where system_rank = 1
{%- endmacro %}

{# Every statement about a key whose events contradict each other. #}

{% macro conflicting_rows(entity, changed_in=none, by=none) -%}
    {%- set key = shopkeeper.entity_key(entity) | join(', ') -%}
    with repeated_keys as (
        {{ shopkeeper.repeated_keys(entity, changed_in, by) }}
    ),

    repeated as (
        {{ shopkeeper.repeated_rows(entity, changed_in, by) }}
    ),

    conflicting_keys as (
        {{ shopkeeper.conflicting_keys(entity) }}
    )

    select {{ shopkeeper.entity_columns(entity) | join(', ') }}
    from repeated
    semi join conflicting_keys using ({{ key }})
{%- endmacro %}

{# Few keys are stated twice: only their rows are compared. Each query reads the input itself, since DuckDB copies a
   query that is named twice. #}

{% macro repeated_keys(entity, changed_in, by) -%}
    {%- set key = shopkeeper.entity_key(entity) | join(', ') -%}
    select {{ key }}
    from {{ ref('input__' ~ entity) }} as statements
    {{ shopkeeper.where_changed(entity, changed_in, by) }}
    group by {{ key }}
    having count(*) > 1
{%- endmacro %}

{% macro repeated_rows(entity, changed_in, by) -%}
    select
        placed.*,
        {{ shopkeeper.row_content(entity) }} as row_content
    from ({{ shopkeeper.placed_rows(entity, changed_in, by) }}) as placed
    semi join repeated_keys using ({{ shopkeeper.entity_key(entity) | join(', ') }})
{%- endmacro %}

{% macro placed_rows(entity, changed_in, by) -%}
    select
        statements.*,
        batches.system,
        batches.delivery,
        batches.landing_order,
        case
            when statements.is_deleted or batches.delivery = 'deletes'
                then coalesce({{ shopkeeper.business_date('statements.stated_at') }}, batches.stated_date)
            else batches.superseded_date
        end as gone_since_date
    from {{ ref('input__' ~ entity) }} as statements
    inner join {{ ref('int_batches__ordered') }} as batches on statements.batch_id = batches.batch_id
    {{ shopkeeper.where_changed(entity, changed_in, by) }}
{%- endmacro %}

{% macro where_changed(entity, changed_in, by) -%}
    {%- set by = by or shopkeeper.entity_key(entity)[0] -%}
    {%- if changed_in -%}
    where statements.{{ by }} in (select {{ by }} from {{ ref(changed_in) }})
    {%- endif -%}
{%- endmacro %}

{% macro conflicting_keys(entity) -%}
    {%- set key = shopkeeper.entity_key(entity) | join(', ') -%}
    select {{ key }}
    from repeated
    where delivery = 'events'
    group by {{ key }}
    having count(distinct row_content) > 1
{%- endmacro %}

{% macro statement_order() -%}
    case when delivery = 'deletes' and stated_at is null then 0 else 1 end,
    stated_at desc nulls last,
    case when stated_at is null and delivery <> 'events' then landing_order end desc nulls last,
    row_content desc,
    case when delivery <> 'events' then source_line_number end desc nulls last,
    batch_id,
    source_line_number
{%- endmacro %}

{% macro row_content(entity) -%}
    {%- set stated = shopkeeper.entity_columns(entity) | reject('in', ['batch_id', 'source_line_number', 'stated_at']) -%}
    md5(concat_ws('|'
    {%- for column in stated -%}
        , coalesce(cast({{ column }} as string), '~')
    {%- endfor -%}
    ))
{%- endmacro %}
