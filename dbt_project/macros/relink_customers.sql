{# Gives stored rows the customer that their household belongs to now; identities change without a row changing. #}

{% macro relink_customers(relation) -%}
    merge into {{ relation }} as stored
    using (
        select identifier_value, customer_id from {{ ref('stg_models__customer_identities') }}
        where identifier_type = 'household_id'
    ) as identities
    on stored.household_id = identities.identifier_value
    when matched and stored.customer_id <> identities.customer_id then update set customer_id = identities.customer_id
{%- endmacro %}
