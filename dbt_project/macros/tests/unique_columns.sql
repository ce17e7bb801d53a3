{# No two rows share these columns, and none of these columns is null. With `changed_in`, only the transactions
   that this refresh changed are looked at: what did not change was looked at before. #}

{% test unique_columns(model, columns, changed_in=none) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count,
from {{ model }}
{%- if changed_in %}
where transaction_id in (select transaction_id from {{ changed_in }})
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns %} or {{ column }} is null{% endfor %}

{% endtest %}
