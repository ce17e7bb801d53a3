-- One row per line of a changed transaction that no batch contradicts; of equal rows the first counts.

{{ config(materialized='view') }}

with changed_transactions as (

    select * from {{ ref('int_sales__changed_transactions') }}

),

lines as (

    select * from {{ ref('input__transaction_lines') }}
    where transaction_id in (select transaction_id from changed_transactions)

),

repeated_lines as (

    select * from {{ ref('int_sales__repeated_lines') }}

),

conflicting_lines as (

    select * from {{ ref('int_sales__conflicting_lines') }}

),

ranked_lines as (

    select
        batch_id,
        source_line_number,
        row_number() over (
            partition by transaction_line_id order by batch_id, source_line_number
        ) as line_rank,
    from repeated_lines

),

surplus_lines as (

    select * from ranked_lines
    where line_rank > 1

),

accepted_lines as (

    select lines.*
    from lines
    left join surplus_lines
        on
            lines.batch_id = surplus_lines.batch_id
            and lines.source_line_number = surplus_lines.source_line_number
    where
        surplus_lines.batch_id is null
        and lines.transaction_line_id not in (select transaction_line_id from conflicting_lines)

)

select * from accepted_lines
