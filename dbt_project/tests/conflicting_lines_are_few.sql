-- Counts the lines that no fact can be made of. A few are a till's fault.

{{ config(severity='warn') }}

select * from {{ ref('int_sales__conflicting_lines') }}
