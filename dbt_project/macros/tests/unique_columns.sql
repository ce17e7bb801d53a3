{# No two rows share these columns, and none of these columns is null. With `changed_in`, only the rows whose `by` this
   refresh changed are checked: unchanged rows were checked before. #}

{% test unique_columns(model, columns, changed_in=none, by='transaction_id') %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
{%- if changed_in %}
where {{ by }} in (select {{ by }} from {{ changed_in }})
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns %} or {{ column }} is null{% endfor %}

{% endtest %}
