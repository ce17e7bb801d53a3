-- One row per landed row of deleted.

with source as (

    {{ shopkeeper.typed_source('crm', 'deleted') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        deleted_at as stated_at,
        true as is_deleted
    from source

)

select * from renamed
