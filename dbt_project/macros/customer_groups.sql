{# The columns that this retailer's customer and household records provide. #}

{% macro customer_columns() -%}
    {%- for column in var('customer_columns') -%}
    customers.{{ column }},
    {% endfor -%}
{%- endmacro %}

{# The groups of features that this retailer's customers have, as their contracts declare them. #}

{% macro customer_group_columns() -%}
    {%- for group, columns in var('customer_groups').items() -%}
        {%- for column in columns -%}
        {{ group }}.{{ column }},
        {% endfor -%}
    {%- endfor -%}
{%- endmacro %}

{% macro customer_group_joins() -%}
    {%- for group in var('customer_groups') -%}
    left join {{ ref(group) }} as {{ group }} on customers.customer_id = {{ group }}.customer_id
    {% endfor -%}
{%- endmacro %}
