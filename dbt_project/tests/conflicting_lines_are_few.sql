-- Counts the lines that no fact can be made of. A few are a till's fault, many a wrong file.

{{ config(severity='error', warn_if='>0', error_if='>1000') }}

select * from {{ ref('int_sales__conflicting_lines') }}
