-- One row per landed row of order_statuses.

with source as (

    {{ shopkeeper.typed_source('second_web_shop', 'order_statuses') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-web-' || order_id as transaction_id,
        case when status in ('delivered', 'returned') then 'completed' else status end as transaction_status,
        changed_at as stated_at
    from source

)

select * from renamed
