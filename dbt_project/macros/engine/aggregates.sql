{# The first non-null value by an order. #}

{% macro first_known(value, order) -%}
    {{ return(adapter.dispatch('first_known', 'shopkeeper')(value, order)) }}
{%- endmacro %}

{% macro default__first_known(value, order) -%}
    min_by({{ value }}, case when {{ value }} is not null then {{ order }} end)
{%- endmacro %}

{% macro duckdb__first_known(value, order) -%}
    arg_min({{ value }}, {{ order }})
{%- endmacro %}
