{# Facts about the file from which a row was read; DuckDB only. #}

{% macro batch_id_of_file() -%}
    {{ return(adapter.dispatch('batch_id_of_file', 'shopkeeper')()) }}
{%- endmacro %}

{% macro default__batch_id_of_file() -%}
    regexp_extract(input_file_name(), '([^/]*)[.]parquet$', 1)
{%- endmacro %}

{% macro duckdb__batch_id_of_file() -%}
    parse_filename(filename, true)
{%- endmacro %}

{% macro line_number_of_file() -%}
    {{ return(adapter.dispatch('line_number_of_file', 'shopkeeper')()) }}
{%- endmacro %}

{% macro default__line_number_of_file() -%}
    _metadata.row_index + 1
{%- endmacro %}

{% macro duckdb__line_number_of_file() -%}
    file_row_number + 1
{%- endmacro %}
