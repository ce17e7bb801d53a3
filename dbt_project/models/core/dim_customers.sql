-- One row per customer; one without a customer record is inferred until its record arrives.

with identities as (

    select * from {{ ref('stg_models__customer_identities') }}
    where identifier_type = 'household_id'

),

households as (

    select * from {{ ref('int_households__latest') }}

),

known_customers as (

    select distinct household_id from {{ ref('input__customers') }}

),

customers as (

    select
        identities.customer_id,
        identities.identifier_value as household_id,
        households.age_band,
        households.income_band,
        households.home_ownership,
        households.marital_status,
        households.household_size_band,
        households.household_composition,
        households.kids_count_band,
        known_customers.household_id is null as is_inferred,
    from identities
    left join households on identities.identifier_value = households.household_id
    left join known_customers on identities.identifier_value = known_customers.household_id

)

select * from customers
