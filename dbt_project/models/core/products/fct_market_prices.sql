-- One row per product, currency, competitor and day of a price survey.

{{ config(enabled=is_delivered('market_prices')) }}

with seen_prices as (

    {{ present_rows('market_prices') }}

),

own_prices as (

    {{ present_rows('product_prices') }}

),

compared as (

    select
        seen_prices.product_id,
        seen_prices.currency_code,
        seen_prices.surveyed_date,
        seen_prices.competitor_name,
        seen_prices.competitor_price_amount,
        own_prices.sale_price_amount
    from seen_prices
    left join own_prices
        on
            seen_prices.product_id = own_prices.product_id
            and seen_prices.currency_code = own_prices.currency_code
            and seen_prices.surveyed_date = own_prices.price_date

)

select * from compared
