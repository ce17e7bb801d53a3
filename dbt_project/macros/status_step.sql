{# How far a transaction is with a status, so that of two at one instant the later step counts. #}

{% macro status_step(status) -%}
    case {{ status }} when 'placed' then 1 when 'paid' then 2 when 'shipped' then 3 when 'completed' then 4 else 5 end
{%- endmacro %}
