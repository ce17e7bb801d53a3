-- One row per batch, device and account that logged in on it.

with source as (

    {{ shopkeeper.typed_source('clickstream', 'events') }}

),

renamed as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        'device_id' as identifier_type,
        anonymous_id as identifier_value,
        'account_id' as linked_identifier_type,
        user_id as linked_identifier_value
    from source
    where user_id is not null
    group by batch_id, anonymous_id, user_id

)

select * from renamed
