-- One row per customer: all that the warehouse knows.

with customers as (

    select * from {{ ref('dim_customers') }}

),

{% for group in var('customer_groups') %}
{{ group }} as (

    select * from {{ ref(group) }}

),

{% endfor %}
segments as (

    select * from {{ ref('stg_models__customer_segments') }}

),

refresh as (

    select * from {{ source('build', 'refresh') }}

),

customer_360 as (

    select
        customers.*,
        {%- for group, columns in var('customer_groups').items() %}
        {%- for column in columns %}
        {{ group }}.{{ column }},
        {%- endfor %}
        {%- endfor %}
        segments.segment_id,
        segments.segment_name,
        segments.rfm_cell,
        refresh.as_of_date
    from customers
    cross join refresh
    {%- for group in var('customer_groups') %}
    left join {{ group }} on customers.customer_id = {{ group }}.customer_id
    {%- endfor %}
    left join segments on customers.customer_id = segments.customer_id

)

select * from customer_360
