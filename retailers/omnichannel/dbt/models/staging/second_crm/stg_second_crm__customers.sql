-- One row per landed row of members.

with source as (

    {{ shopkeeper.typed_source('second_crm', 'members') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        id as identifier_value
    from source

)

select * from renamed
