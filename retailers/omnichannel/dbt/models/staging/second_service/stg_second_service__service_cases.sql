-- One row per landed row of tickets.

with source as (

    {{ shopkeeper.typed_source('second_service', 'tickets') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-' || ticket_id as service_case_id,
        case when customer_no is not null then 'customer_id' end as identifier_type,
        customer_no as identifier_value,
        channel as service_channel,
        reason as case_reason,
        status as case_status,
        coalesce('second-web-' || order_id, 'second-pos-' || receipt_id) as transaction_id,
        opened_at,
        closed_at,
        coalesce(closed_at, opened_at) as stated_at
    from source

)

select * from renamed
