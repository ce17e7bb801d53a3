{# `by_batch`: rows of withdrawn batches go, rows of new ones come; a retried build takes each batch once.
   With `remembers_withdrawn`, a withdrawn batch's rows stay for the refresh that withdraws it. #}

{% macro get_incremental_by_batch_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set batches = source('build', 'batches') -%}
    delete from {{ arg_dict['target_relation'] }}
    {% if config.get('remembers_withdrawn') -%}
    where batch_id not in (select batch_id from {{ batches }} where status in ('kept', 'withdrawn'));
    {%- else -%}
    where batch_id in (select batch_id from {{ batches }} where status in ('new', 'withdrawn'));
    {%- endif %}
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{# `by_transaction`: the rows of every transaction that `changed_in` lists are replaced. #}

{% macro get_incremental_by_transaction_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where transaction_id in (select transaction_id from {{ ref(config.get('changed_in')) }});
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
