{# The Monday of a week that the stores know by its number. #}

{% macro start_of_numbered_week(week_number) -%}
    {%- set first = "cast('" ~ var('week_one_start_date') ~ "' as date)" -%}
    {{ shopkeeper.add_days(first, '7 * (' ~ week_number ~ ' - 1)') }}
{%- endmacro %}

{# Its Sunday. #}

{% macro end_of_numbered_week(week_number) -%}
    {{ shopkeeper.add_days(start_of_numbered_week(week_number), 6) }}
{%- endmacro %}
