-- One row per landed row of accounts with another account that the person linked.

with source as (

    {{ shopkeeper.typed_source('second_web_shop', 'accounts') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'account_id' as identifier_type,
        uid as identifier_value,
        'account_id' as linked_identifier_type,
        linked as linked_identifier_value
    from source
    where linked is not null

)

select * from renamed
