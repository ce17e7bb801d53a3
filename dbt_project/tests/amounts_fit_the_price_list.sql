-- Counts the transactions whose goods cost four times more or less than the price list of their currency says.

{{ config(severity='warn', enabled=is_delivered('product_prices')) }}

with listed as (

    select
        lines.transaction_id,
        sum(abs(lines.gross_amount)) as gross_amount,
        sum(abs(lines.unit_quantity) * prices.list_price_amount) as list_amount
    from {{ ref('fct_transaction_lines') }} as lines
    inner join {{ ref('fct_transactions') }} as transactions
        on lines.transaction_id = transactions.transaction_id
    inner join {{ ref('fct_product_prices') }} as prices
        on
            lines.product_id = prices.product_id
            and lines.currency_code = prices.currency_code
            and transactions.transaction_date >= prices.started_date
            and transactions.transaction_date < prices.ended_date
    group by lines.transaction_id

)

select transaction_id from listed
where
    gross_amount > 0
    and list_amount > 0
    and (gross_amount > 4 * list_amount or list_amount > 4 * gross_amount)
