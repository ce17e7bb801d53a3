-- Lines that contradict each other are at most one in a hundred, by number and by money.

with conflicts as (

    select
        count(*) as line_count,
        coalesce(sum(abs(net_amount)), 0) as net_amount
    from {{ ref('int_sales__conflicting_lines') }}

),

landed as (

    select
        count(*) as line_count,
        coalesce(sum(abs(net_amount)), 0) as net_amount
    from {{ ref('input__transaction_lines') }}

)

select
    conflicts.line_count,
    landed.line_count as landed_line_count,
    conflicts.net_amount,
    landed.net_amount as landed_net_amount
from conflicts
cross join landed
where
    conflicts.line_count > {{ var('maximum_conflict_rate', 0.01) }} * landed.line_count
    or conflicts.net_amount > {{ var('maximum_conflict_rate', 0.01) }} * landed.net_amount
