-- One row per landed row of members.

with source as (

    {{ shopkeeper.typed_source('second_loyalty', 'members') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'card_number' as identifier_type,
        member_id as identifier_value,
        joined_on as registered_date
    from source

)

select * from renamed
