{# The engine whose casts a contract is compiled to. #}

{% macro engine() -%}
    {{ return(adapter.dispatch('engine', 'shopkeeper')()) }}
{%- endmacro %}

{% macro default__engine() -%}
    {{ return('spark') }}
{%- endmacro %}

{% macro duckdb__engine() -%}
    {{ return('duckdb') }}
{%- endmacro %}
