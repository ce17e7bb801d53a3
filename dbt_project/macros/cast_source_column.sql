{# The strict cast of a source's column, compiled from its contract into the source's yml. #}

{% macro cast_source_column(system, table, column) -%}
    {%- if execute -%}
        {%- set unique_id = 'source.' ~ project_name ~ '.' ~ system ~ '.' ~ table -%}
        {{ graph.sources[unique_id].columns[column].config.meta['cast'] }}
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}
