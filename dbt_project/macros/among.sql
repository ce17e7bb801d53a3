{# One more condition: that a column holds one of these values; none where no value is given. #}

{% macro and_among(column, values) -%}
    {%- if values %}and {{ column }} in ('{{ values | join("', '") }}'){% endif -%}
{%- endmacro %}

{% macro and_not_among(column, values) -%}
    {%- if values %}and {{ column }} not in ('{{ values | join("', '") }}'){% endif -%}
{%- endmacro %}
