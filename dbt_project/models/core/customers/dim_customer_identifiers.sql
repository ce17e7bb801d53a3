-- One row per identifier and the customer whom it belongs to.

with identities as (

    select * from {{ ref('scores__customer_identities') }}

),

identifiers as (

    select
        identifier_type,
        identifier_value,
        customer_id
    from identities

)

select * from identifiers
