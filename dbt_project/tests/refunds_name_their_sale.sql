-- Counts the refunds whose sale is not named or not known; no sale loses their money.

{{ config(severity='warn', enabled=is_delivered('refunds')) }}

with sales as (

    select transaction_id from {{ ref('fct_transactions') }}

    union all

    select transaction_id from {{ ref('fct_cancelled_transactions') }}

)

select refunds.refund_id
from {{ ref('fct_refunds') }} as refunds
left join sales on refunds.transaction_id = sales.transaction_id
where sales.transaction_id is null
