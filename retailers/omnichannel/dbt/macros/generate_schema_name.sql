{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ shopkeeper.generate_schema_name(custom_schema_name, node) }}
{%- endmacro %}
