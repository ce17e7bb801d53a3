-- One row per transaction that this refresh adds, alters or takes away.

with changed_headers as (

    {{ changed_keys('transactions') }}

),

changed_lines as (

    {{ changed_keys('transaction_lines') }}

),

changed_statuses as (

    {{ changed_keys('transaction_statuses') }}

),

changed_refunds as (

    {{ changed_keys('refunds') }}

),

changed_rates as (

    {{ changed_keys('exchange_rates') }}

),

current_rates as (

    {{ current_rows('exchange_rates') }}

),

changed_periods as (

    select
        changed_rates.currency_code,
        changed_rates.rate_date as first_date,
        min(current_rates.rate_date) as next_date
    from changed_rates
    left join current_rates
        on
            changed_rates.currency_code = current_rates.currency_code
            and changed_rates.rate_date < current_rates.rate_date
    group by changed_rates.currency_code, changed_rates.rate_date

),

revalued as (

    select headers.transaction_id
    from {{ ref('input__transactions') }} as headers
    inner join changed_periods
        on
            headers.currency_code = changed_periods.currency_code
            and {{ business_date('headers.transaction_at') }} >= changed_periods.first_date
            and (
                changed_periods.next_date is null
                or {{ business_date('headers.transaction_at') }} < changed_periods.next_date
            )

),

of_moved_days as (

    select transaction_id from {{ ref('input__transactions') }}
    where
        -- an instant on a later day is later everywhere; it spares the others their calendar
        transaction_at > (select cast(settled_date as timestamp) from {{ source('build', 'refresh') }})
        and {{ business_date('transaction_at') }}
        > (select settled_date from {{ source('build', 'refresh') }})

),

changed as (

    {% for part in ('changed_headers', 'changed_lines', 'changed_statuses', 'changed_refunds', 'revalued') %}
        select transaction_id from {{ part }}

        union

    {% endfor %}
    select transaction_id from of_moved_days

)

select * from changed
where transaction_id is not null
