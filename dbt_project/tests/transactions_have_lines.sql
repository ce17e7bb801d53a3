-- Counts the transactions that have a header and no line yet; they count as soon as a line arrives.

{{ config(severity='warn') }}

select headers.transaction_id
from {{ ref('int_sales__headers') }} as headers
left join {{ ref('int_sales__current_lines') }} as held on headers.transaction_id = held.transaction_id
where held.transaction_id is null and headers.transaction_status <> 'cancelled'
