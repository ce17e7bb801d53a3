{# A further condition: the column holds one of these values; no condition if no values are given. #}

{% macro and_among(column, values) -%}
    {%- if values %}and {{ column }} in ('{{ values | join("', '") }}'){% endif -%}
{%- endmacro %}

{% macro and_not_among(column, values) -%}
    {%- if values %}and {{ column }} not in ('{{ values | join("', '") }}'){% endif -%}
{%- endmacro %}
