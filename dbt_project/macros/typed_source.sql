{# The landed rows of one source table: each column cast as its contract says, under the name that the file gives
   it, with the batch and the line that it came from. #}

{% macro typed_source(system, table) -%}
    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        {{ shopkeeper.landed_line_number(system, table) }} as source_line_number
        {%- for column in shopkeeper.source_columns(system, table) %},
        {{ column.config.meta['cast'][shopkeeper.engine()] }} as {{ shopkeeper.column_name(column.name) }}
        {%- endfor %}
    from {{ source(system, table) }}
{%- endmacro %}

{% macro landed_line_number(system, table) -%}
    {{ '_line_number' if shopkeeper.source_node(system, table).config.meta.get('is_text', true) else shopkeeper.line_number_of_file() }}
{%- endmacro %}

{% macro source_columns(system, table) -%}
    {{ return(shopkeeper.source_node(system, table).columns.values() if execute else []) }}
{%- endmacro %}

{% macro source_node(system, table) -%}
    {%- set unknown = {'config': {'meta': {}}, 'columns': {}} -%}
    {{ return(graph.sources['source.' ~ project_name ~ '.' ~ system ~ '.' ~ table] if execute else unknown) }}
{%- endmacro %}

{# The currency that a source's contract declares for all its amounts. #}

{% macro currency_of(system, table) -%}
    '{{ shopkeeper.source_node(system, table).config.meta.get('currency_code', '') }}'
{%- endmacro %}

{# A column's name for SQL, without quotes if possible, since quotes differ between engines. #}

{% macro column_name(name) -%}
    {%- set quote = '"' if shopkeeper.engine() == 'duckdb' else '`' -%}
    {{ name if modules.re.fullmatch('[a-z_][a-z0-9_]*', name) else quote ~ name.replace(quote, quote * 2) ~ quote }}
{%- endmacro %}
