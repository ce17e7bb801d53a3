-- Counts the sales of stores whose clock is whole hours off, as the points for two of them at least show.

{{ config(severity='warn', enabled=is_delivered('loyalty_entries')) }}

with witnessed as (

    select
        sales.transaction_id,
        sales.store_id,
        sales.transaction_date,
        {{ week_start_date('sales.transaction_date') }} as week_start_date,
        {{ seconds_between('sales.transaction_at', 'entries.entered_at') }} as second_count,
        3600 as hour_second_count
    from {{ ref('fct_transactions') }} as sales
    inner join {{ ref('fct_loyalty_entries') }} as entries
        on sales.transaction_id = entries.transaction_id
    where sales.store_id is not null

),

rounded as (

    select
        *,
        round(second_count / hour_second_count) as hour_count,
        abs(second_count - hour_second_count * round(second_count / hour_second_count)) <= 60 as is_whole
    from witnessed

),

days as (

    select
        store_id,
        transaction_date,
        week_start_date,
        hour_count,
        count(*) filter (where is_whole) as off_count,
        sum(count(*)) over (partition by store_id, transaction_date) as entry_count
    from rounded
    group by store_id, transaction_date, week_start_date, hour_count

),

shifts as (

    select
        store_id,
        week_start_date,
        hour_count,
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from days
    where hour_count <> 0 and 2 * off_count > entry_count
    group by store_id, week_start_date, hour_count
    having sum(off_count) >= 2

)

select distinct sales.transaction_id
from {{ ref('fct_transactions') }} as sales
inner join shifts
    on
        sales.store_id = shifts.store_id
        and sales.transaction_date >= shifts.first_date
        and sales.transaction_date <= shifts.last_date
where
    sales.transaction_id not in (
        select transaction_id from rounded
        where hour_count = 0 and is_whole
    )
