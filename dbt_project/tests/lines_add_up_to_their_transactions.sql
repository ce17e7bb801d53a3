-- The amounts of a transaction's lines sum to those of its header.

with lines as (

    select
        transaction_id,
        count(*) as line_count,
        sum(net_amount) as net_amount
    from {{ ref('fct_transaction_lines') }}
    where transaction_id in (select transaction_id from {{ ref('int_sales__changed_transactions') }})
    group by transaction_id

),

transactions as (

    select * from {{ ref('fct_transactions') }}
    where transaction_id in (select transaction_id from {{ ref('int_sales__changed_transactions') }})

)

select
    coalesce(lines.transaction_id, transactions.transaction_id) as transaction_id,
    lines.net_amount as lines_net_amount,
    transactions.net_amount
from lines
full outer join transactions on lines.transaction_id = transactions.transaction_id
where
    coalesce(lines.net_amount, 0) <> coalesce(transactions.net_amount, 0)
    or coalesce(lines.line_count, 0) <> coalesce(transactions.line_count, 0)
