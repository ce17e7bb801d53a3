-- One row per entry of the points ledger, with the balance after it.

{{ config(enabled=is_delivered('loyalty_entries')) }}

with current_entries as (

    {{ present_rows('loyalty_entries') }}

),

entries as (

    select
        batch_id,
        source_line_number,
        loyalty_entry_id,
        identifier_type,
        identifier_value,
        entry_kind,
        point_count,
        cast(sum(point_count) over (
            partition by identifier_type, identifier_value
            order by entered_at, loyalty_entry_id rows between unbounded preceding and current row
        ) as bigint) as balance_point_count,
        transaction_id,
        entered_at,
        {{ business_date('entered_at') }} as entered_date
    from current_entries

)

select * from entries
