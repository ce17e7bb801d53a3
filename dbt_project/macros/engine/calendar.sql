{# Rows of days and parts of a date, which engines spell differently. #}

{% macro days_of(relation, first_date, last_date) -%}
    {{ return(adapter.dispatch('days_of', 'shopkeeper')(relation, first_date, last_date)) }}
{%- endmacro %}

{% macro default__days_of(relation, first_date, last_date) -%}
    select explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day)) as calendar_date
    from {{ relation }}
{%- endmacro %}

{% macro duckdb__days_of(relation, first_date, last_date) -%}
    select cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date) as calendar_date
    from {{ relation }}
{%- endmacro %}

{% macro weekday_number(day) -%}
    {{ return(adapter.dispatch('weekday_number', 'shopkeeper')(day)) }}
{%- endmacro %}

{% macro default__weekday_number(day) -%}
    (weekday({{ day }}) + 1)
{%- endmacro %}

{% macro duckdb__weekday_number(day) -%}
    isodow({{ day }})
{%- endmacro %}
