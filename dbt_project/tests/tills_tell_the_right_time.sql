-- Counts the sales of stores whose clock is whole hours off: points for two of them at least were entered then.

{{ config(severity='warn', enabled=is_delivered('loyalty_entries')) }}

with witnessed as (

    select
        transactions.transaction_id,
        transactions.store_id,
        transactions.transaction_date,
        {{ week_start_date('transactions.transaction_date') }} as week_start_date,
        {{ seconds_between('transactions.transaction_at', 'entries.entered_at') }} as second_count
    from {{ ref('fct_transactions') }} as transactions
    inner join {{ ref('fct_loyalty_entries') }} as entries
        on transactions.transaction_id = entries.transaction_id
    where transactions.store_id is not null

),

rounded as (

    select
        *,
        round(second_count / 3600.0) as hour_count
    from witnessed
    where abs(second_count - 3600 * round(second_count / 3600.0)) <= 60

),

shifts as (

    select
        store_id,
        week_start_date,
        hour_count,
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from rounded
    where hour_count <> 0
    group by store_id, week_start_date, hour_count
    having count(distinct transaction_id) >= 2

)

select distinct transactions.transaction_id
from {{ ref('fct_transactions') }} as transactions
inner join shifts
    on
        transactions.store_id = shifts.store_id
        and transactions.transaction_date >= shifts.first_date
        and transactions.transaction_date <= shifts.last_date
where transactions.transaction_id not in (select transaction_id from rounded where hour_count = 0)
