-- One row per changed transaction up to the as-of date that nothing contradicts and its source still has.

with refresh as (

    select * from {{ source('build', 'refresh') }}

),

current_headers as (

    {{ current_rows('transactions', 'int_sales__changed_transactions') }}

),

current_statuses as (

    {{ present_rows('transaction_statuses', 'int_sales__changed_transactions') }}

),

ranked_statuses as (

    select
        transaction_id,
        transaction_status,
        row_number() over (
            partition by transaction_id
            order by stated_at desc nulls last, {{ status_step('transaction_status') }} desc
        ) as status_rank
    from current_statuses

),

newest as (

    select
        transaction_id,
        transaction_status
    from ranked_statuses
    where status_rank = 1

),

headers as (

    select
        current_headers.batch_id,
        current_headers.source_line_number,
        current_headers.transaction_id,
        current_headers.identifier_type,
        current_headers.identifier_value,
        current_headers.store_id,
        current_headers.sales_channel,
        coalesce(newest.transaction_status, current_headers.transaction_status) as transaction_status,
        current_headers.transaction_at,
        current_headers.freight_amount,
        current_headers.tax_amount,
        current_headers.currency_code,
        current_headers.stated_at,
        current_headers.is_deleted,
        current_headers.gone_since_date
    from current_headers
    left join newest on current_headers.transaction_id = newest.transaction_id
    where
        current_headers.gone_since_date is null
        and coalesce(
            {{ business_date('current_headers.transaction_at') }} <= (select as_of_date from refresh), true
        )

)

select * from headers
