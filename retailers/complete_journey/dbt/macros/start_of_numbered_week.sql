{# The Monday of a week that the stores know by its number. #}

{% macro start_of_numbered_week(week_number) -%}
    {{ shopkeeper.add_days("cast('" ~ var('week_one_start_date') ~ "' as date)", '7 * (' ~ week_number ~ ' - 1)') }}
{%- endmacro %}
