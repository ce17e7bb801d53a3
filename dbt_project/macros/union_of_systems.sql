{# The rows that the retailer's systems (var `systems`) tell of one entity, with the columns of the contract. #}

{% macro union_of_systems(entity) -%}
    {%- set tellers = [] -%}
    {%- for system, entities in var('systems').items() if entity in entities -%}
        {%- do tellers.append(ref('stg_' ~ system ~ '__' ~ entity)) -%}
    {%- endfor -%}
    {%- for teller in tellers %}
    select
        {%- for column in model.columns %}
        {{ column }},
        {%- endfor %}
    from {{ teller }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
