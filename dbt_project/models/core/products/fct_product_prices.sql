-- One row per product, currency and time for which price and cost do not change.

{{ config(enabled=is_delivered('product_prices')) }}

with stated_prices as (

    {{ present_rows('product_prices') }}

),

contents as (

    select
        *,
        concat_ws(
            '|',
            cast(list_price_amount as string),
            cast(sale_price_amount as string),
            cast(unit_cost_amount as string),
            cast(is_promoted as string)
        ) as price_content
    from stated_prices

),

compared as (

    select
        *,
        lag(price_content) over (partition by product_id, currency_code order by price_date) as content_before
    from contents

),

prices as (

    select
        product_id,
        currency_code,
        list_price_amount,
        sale_price_amount,
        unit_cost_amount,
        is_promoted,
        price_date as started_date,
        lead(price_date, 1, cast('9999-12-31' as date)) over (
            partition by product_id, currency_code order by price_date
        ) as ended_date
    from compared
    where content_before is null or content_before <> price_content

)

select * from prices
