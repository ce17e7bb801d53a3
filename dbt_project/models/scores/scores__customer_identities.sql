-- One row per identifier of a customer.

with source as (

    select * from {{ source('scores', 'customer_identities') }}

),

renamed as (

    select
        customer_id,
        identifier_type,
        identifier_value
    from source

)

select * from renamed
