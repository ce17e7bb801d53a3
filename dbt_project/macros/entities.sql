{# Whether one of the retailer's systems delivers an entity. #}

{% macro is_delivered(entity) -%}
    {{ return(entity in var('delivered')) }}
{%- endmacro %}

{# What the contract of an entity says, as the yml of its input model carries it. #}

{% macro entity_node(entity) -%}
    {{ return(graph.nodes['model.shopkeeper.input__' ~ entity] if execute else none) }}
{%- endmacro %}

{% macro entity_key(entity) -%}
    {{ return(shopkeeper.entity_node(entity).config.meta['key'] if execute else ['key']) }}
{%- endmacro %}

{% macro entity_remembers(entity) -%}
    {{ return(shopkeeper.entity_node(entity).config.meta['remembers'] if execute else ['key']) }}
{%- endmacro %}

{% macro entity_columns(entity) -%}
    {{ return(shopkeeper.entity_node(entity).columns.keys() | list if execute else ['key']) }}
{%- endmacro %}
