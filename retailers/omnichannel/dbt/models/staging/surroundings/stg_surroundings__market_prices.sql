-- One row per landed row of competitor_prices.

with source as (

    {{ shopkeeper.typed_source('surroundings', 'competitor_prices') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        product_id,
        case market when 'CN' then 'CNY' else 'GBP' end as currency_code,
        date as surveyed_date,
        competitor as competitor_name,
        price_amount as competitor_price_amount
    from source

)

select * from renamed
