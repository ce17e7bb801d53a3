{# The keys (or what the contract `remembers` instead) that this refresh may change: those of new batches, those of
   withdrawn ones, and, where a snapshot comes or goes, all that its feed ever stated. #}

{% macro changed_keys(entity) -%}
    {%- set columns = shopkeeper.entity_remembers(entity) | join(', ') -%}
    select {{ columns }} from {{ ref('input__' ~ entity) }}
    where batch_id in (select batch_id from {{ ref('int_batches__changed') }})
    {%- if shopkeeper.is_delivered(entity) %}

    union

    select {{ columns }} from {{ shopkeeper.withdrawn_keys(entity) }}
    {%- endif %}
{%- endmacro %}

{# The table that keeps the keys of withdrawn batches until the end of a build, since `input` deletes their rows. #}

{% macro withdrawn_keys(entity) -%}
    {{ api.Relation.create(database='staging', schema='staging', identifier='withdrawn_' ~ entity) }}
{%- endmacro %}

{# Creates that table before each run, also for input models that need not run; a retried build finds what the first
   attempt kept. #}

{% macro prepare_withdrawn_keys() -%}
    {%- if execute -%}
    create schema if not exists staging.staging;
    {%- for node in graph.nodes.values() if node.name.startswith('input__') and shopkeeper.is_remembered(node) %}
    create table if not exists {{ shopkeeper.withdrawn_keys(node.name.removeprefix('input__')) }} as
    select
        {%- for column in node.config.meta['remembers'] %}
        cast(null as {{ node.columns[column].data_type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select 1 as nothing) as nobody
    where 1 = 0;
    {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{# A hook of every input model, run before it changes. #}

{% macro keep_withdrawn_keys() -%}
    {%- if execute and shopkeeper.is_remembered(model) and load_relation(this) is not none -%}
    insert into {{ shopkeeper.withdrawn_keys(model.name.removeprefix('input__')) }}
    select distinct {{ model.config.meta['remembers'] | join(', ') }} from {{ this }}
    where batch_id in (select batch_id from {{ source('build', 'batches') }} where status = 'withdrawn')
    {%- endif -%}
{%- endmacro %}

{% macro is_remembered(node) -%}
    {{ return(node.config.meta.get('remembers') and shopkeeper.is_delivered(node.name.removeprefix('input__'))) }}
{%- endmacro %}
