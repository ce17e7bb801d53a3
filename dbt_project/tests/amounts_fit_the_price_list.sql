-- Counts the sales whose goods cost four times more or less than the price list of their currency says.

{{ config(severity='warn', enabled=is_delivered('product_prices')) }}

with listed as (

    select
        sold.transaction_id,
        sum(abs(sold.gross_amount)) as gross_amount,
        sum(abs(sold.unit_quantity) * prices.list_price_amount) as expected_amount
    from {{ ref('fct_transaction_lines') }} as sold
    inner join {{ ref('fct_transactions') }} as sales
        on sold.transaction_id = sales.transaction_id
    inner join {{ ref('fct_product_prices') }} as prices
        on
            sold.product_id = prices.product_id
            and sold.currency_code = prices.currency_code
            and sales.transaction_date >= prices.started_date
            and sales.transaction_date < prices.ended_date
    group by sold.transaction_id

)

select transaction_id from listed
where
    gross_amount > 0
    and expected_amount > 0
    and (gross_amount > 4 * expected_amount or expected_amount > 4 * gross_amount)
