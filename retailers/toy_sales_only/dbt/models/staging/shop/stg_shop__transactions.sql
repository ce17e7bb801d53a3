-- One row per batch and receipt that its lines show.

with source as (

    {{ shopkeeper.typed_source('shop', 'sales') }}

),

receipts as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        receipt,
        reader_card,
        sold_at
    from source
    group by batch_id, receipt, reader_card, sold_at

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        receipt as transaction_id,
        case when reader_card is not null then 'card_number' end as identifier_type,
        reader_card as identifier_value,

        -- attributes
        'store' as sales_channel,
        'completed' as transaction_status,
        {{ shopkeeper.currency_of('shop', 'sales') }} as currency_code,

        -- times
        sold_at as transaction_at
    from receipts

)

select * from renamed
