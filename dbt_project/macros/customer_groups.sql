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

{# What the records of `customers` or `households` tell, as the entity's contract says, besides whose they are. #}

{% macro recorded_columns(entity, relation) -%}
    {%- for column in shopkeeper.recorded_names(entity) -%}
    {{ relation }}.{{ column }},
    {% endfor -%}
{%- endmacro %}

{% macro first_recorded_columns(entity, order) -%}
    {%- for column in shopkeeper.recorded_names(entity) -%}
    {{ shopkeeper.first_known(column, order) }} as {{ column }},
    {% endfor -%}
{%- endmacro %}

{% macro recorded_names(entity) -%}
    {%- set others = ['batch_id', 'source_line_number', 'identifier_type', 'identifier_value', 'household_id',
                      'stated_at', 'is_deleted'] -%}
    {{ return(shopkeeper.entity_columns(entity) | reject('in', others) | list) }}
{%- endmacro %}
