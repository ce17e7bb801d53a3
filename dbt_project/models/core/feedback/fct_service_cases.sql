-- One row per ticket or call of the service.

{{ config(enabled=is_delivered('service_cases')) }}

with current_cases as (

    {{ present_rows('service_cases') }}

),

cases as (

    select
        batch_id,
        source_line_number,
        service_case_id,
        identifier_type,
        identifier_value,
        service_channel,
        case_reason,
        case_status,
        transaction_id,
        opened_at,
        closed_at,
        {{ business_date('opened_at') }} as opened_date
    from current_cases

)

select * from cases
