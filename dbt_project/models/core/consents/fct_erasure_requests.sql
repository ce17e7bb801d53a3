-- One row per account, and instant at which its owner asked for its erasure.

{{ config(enabled=is_delivered('erasure_requests')) }}

with current_requests as (

    {{ present_rows('erasure_requests') }}

),

requests as (

    select
        batch_id,
        source_line_number,
        identifier_type,
        identifier_value,
        requested_at,
        {{ business_date('requested_at') }} as requested_date
    from current_requests

)

select * from requests
