-- Counts the lines of which no header has landed yet; they count as soon as it arrives.

{{ config(severity='warn') }}

select held.transaction_line_id
from {{ ref('int_sales__current_lines') }} as held
left join {{ ref('input__transactions') }} as headers on held.transaction_id = headers.transaction_id
where headers.transaction_id is null and held.gone_since_date is null
