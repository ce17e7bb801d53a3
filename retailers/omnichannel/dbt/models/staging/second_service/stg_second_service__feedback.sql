-- One row per landed row of tickets.

with source as (

    {{ shopkeeper.typed_source('second_service', 'tickets') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-ticket-' || ticket_id as feedback_id,
        coalesce('second-web-' || order_id, 'second-pos-' || receipt_id) as transaction_id,
        case when customer_no is not null then 'customer_id' end as identifier_type,
        customer_no as identifier_value,
        'ticket' as feedback_kind,
        opened_at as given_at,
        coalesce(closed_at, opened_at) as stated_at
    from source

)

select * from renamed
