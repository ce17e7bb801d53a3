-- One row per landed row of points.

with source as (

    {{ shopkeeper.typed_source('second_loyalty', 'points') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-' || entry_id as loyalty_entry_id,
        'card_number' as identifier_type,
        member_id as identifier_value,
        kind as entry_kind,
        points as point_count,
        coalesce('second-web-' || order_id, 'second-pos-' || receipt_id) as transaction_id,
        entered_at
    from source

)

select * from renamed
