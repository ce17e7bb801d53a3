{# The measured visits that a condition on `is_bot` chooses: persons and bots have tables of their own. #}

{% macro visits(condition) -%}
    select
        session_id,
        sales_channel,
        identifier_type,
        identifier_value,
        started_at,
        ended_at,
        started_date,
        event_count,
        product_view_count,
        search_count,
        failed_search_count,
        cart_count,
        transaction_id
    from {{ ref('int_sessions__measured') }}
    where {{ condition }}
{%- endmacro %}
