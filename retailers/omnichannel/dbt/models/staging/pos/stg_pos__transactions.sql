-- One row per batch and receipt that the rows of receipt_lines show.

with source as (

    {{ shopkeeper.typed_source('pos', 'receipt_lines') }}

),

renamed as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        'pos-' || receipt_no as transaction_id,
        case when member_id is not null then 'card_number' end as identifier_type,
        member_id as identifier_value,
        store_no as store_id,
        'store' as sales_channel,
        'completed' as transaction_status,
        {{ shopkeeper.instant_of_local(
            'sold_at', "case currency when 'CNY' then 'Asia/Shanghai' else 'Europe/London' end"
        ) }} as transaction_at,
        currency as currency_code
    from source
    group by batch_id, receipt_no, member_id, store_no, sold_at, currency

)

select * from renamed
