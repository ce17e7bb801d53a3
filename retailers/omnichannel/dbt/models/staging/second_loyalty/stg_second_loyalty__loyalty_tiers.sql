-- One row per landed row of tiers.

with source as (

    {{ shopkeeper.typed_source('second_loyalty', 'tiers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'card_number' as identifier_type,
        member_id as identifier_value,
        from_date as started_date,
        tier as tier_name
    from source

)

select * from renamed
