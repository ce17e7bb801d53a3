-- One row per refund of a transaction or of one of its lines.

{{ config(enabled=is_delivered('refunds')) }}

with current_refunds as (

    {{ present_rows('refunds') }}

),

refunds as (

    select
        batch_id,
        source_line_number,
        refund_id,
        transaction_id,
        transaction_line_id,
        refund_amount,
        refund_reason,
        currency_code,
        refunded_at,
        {{ business_date('refunded_at') }} as refunded_date
    from current_refunds

)

select * from refunds
