{# Ends the query with a sentence that its reader needs: a test's own message only counts rows. `refused: ` sets it apart
   from the engine's errors, which may quote a value. #}

{% macro end_with(sentence) -%}
    {{ return(adapter.dispatch('end_with', 'shopkeeper')(sentence)) }}
{%- endmacro %}

{% macro default__end_with(sentence) -%}
    raise_error({{ sentence }})
{%- endmacro %}

{% macro duckdb__end_with(sentence) -%}
    error(concat('refused: ', {{ sentence }}))
{%- endmacro %}
