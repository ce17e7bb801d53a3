{# `by_batch`: rows of withdrawn batches go, rows of new ones come; a retried build takes each batch once. #}

{% macro get_incremental_by_batch_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where batch_id in (
        select batch_id from {{ source('build', 'batches') }}
        where status in ('new', 'withdrawn')
    );
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{# `by_key`: the rows of every `key` that `changed_in` lists are replaced. #}

{% macro get_incremental_by_key_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set key = config.get('key') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ key }} in (select {{ key }} from {{ ref(config.get('changed_in')) }});
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
