-- One row per customer; one without a customer record is inferred until its record arrives.

with identifiers as (

    select * from {{ ref('dim_customer_identifiers') }}

),

records as (

    {{ present_rows('customers') }}

),

households as (

    {{ present_rows('households') }}

),

ranked_records as (

    select
        identifiers.customer_id,
        records.*,
        row_number() over (
            partition by identifiers.customer_id
            order by
                records.stated_at desc nulls last, records.identifier_type asc, records.identifier_value asc
        ) as record_rank
    from records
    inner join identifiers
        on
            records.identifier_type = identifiers.identifier_type
            and records.identifier_value = identifiers.identifier_value

),

recorded as (

    select
        customer_id,
        {{ first_recorded_columns('customers', 'record_rank') }}
        {{ first_known('household_id', 'record_rank') }} as household_id
    from ranked_records
    group by customer_id

),

known as (

    select
        customer_id,
        min(case when identifier_type = 'household_id' then identifier_value end) as household_id
    from identifiers
    group by customer_id

),

customers as (

    select
        known.customer_id,
        coalesce(recorded.household_id, known.household_id) as household_id,
        {{ recorded_columns('customers', 'recorded') }}
        recorded.customer_id is null as is_inferred
    from known
    left join recorded on known.customer_id = recorded.customer_id

),

described as (

    select
        {{ recorded_columns('households', 'households') }}
        customers.*
    from customers
    left join households on customers.household_id = households.household_id

)

select * from described
