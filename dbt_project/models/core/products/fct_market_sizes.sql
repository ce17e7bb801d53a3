-- One row per country, category and month: the sales of the whole market.

{{ config(enabled=is_delivered('market_sizes')) }}

with current_sizes as (

    {{ present_rows('market_sizes') }}

),

sizes as (

    select
        batch_id,
        source_line_number,
        country_code,
        category_name,
        month_start_date,
        market_amount,
        currency_code,
        online_rate,
        growth_rate
    from current_sizes

)

select * from sizes
