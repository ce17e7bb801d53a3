{# Instants are UTC; dates are those of the business's time zone. #}

{% macro business_date(instant) -%}
    {{ return(adapter.dispatch('business_date', 'shopkeeper')(instant)) }}
{%- endmacro %}

{% macro default__business_date(instant) -%}
    cast(from_utc_timestamp({{ instant }}, '{{ var("business_time_zone") }}') as date)
{%- endmacro %}

{% macro duckdb__business_date(instant) -%}
    cast(timezone('{{ var("business_time_zone") }}', timezone('UTC', {{ instant }})) as date)
{%- endmacro %}

{% macro start_of_business_date(day) -%}
    {{ return(adapter.dispatch('start_of_business_date', 'shopkeeper')(day)) }}
{%- endmacro %}

{% macro default__start_of_business_date(day) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), '{{ var("business_time_zone") }}')
{%- endmacro %}

{% macro duckdb__start_of_business_date(day) -%}
    timezone('UTC', timezone('{{ var("business_time_zone") }}', cast({{ day }} as timestamp)))
{%- endmacro %}

{% macro week_start_date(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'shopkeeper')(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro add_days(day, count) -%}
    {{ return(adapter.dispatch('add_days', 'shopkeeper')(day, count)) }}
{%- endmacro %}

{% macro default__add_days(day, count) -%}
    date_add({{ day }}, cast({{ count }} as int))
{%- endmacro %}

{% macro duckdb__add_days(day, count) -%}
    cast({{ day }} + cast({{ count }} as integer) as date)
{%- endmacro %}

{# The instant at which a clock of a time zone, which may be an expression, showed this local time. #}

{% macro instant_of_local(local, zone) -%}
    {{ return(adapter.dispatch('instant_of_local', 'shopkeeper')(local, zone)) }}
{%- endmacro %}

{% macro default__instant_of_local(local, zone) -%}
    to_utc_timestamp({{ local }}, {{ zone }})
{%- endmacro %}

{% macro duckdb__instant_of_local(local, zone) -%}
    timezone('UTC', timezone({{ zone }}, {{ local }}))
{%- endmacro %}

{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'shopkeeper')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    (cast({{ later }} as double) - cast({{ earlier }} as double))
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    (epoch({{ later }}) - epoch({{ earlier }}))
{%- endmacro %}
