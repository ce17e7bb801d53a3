-- One row per landed row of prices.

with source as (

    {{ shopkeeper.typed_source('erp', 'prices') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        cast(product_id as string) as product_id,
        case market when 'CN' then 'CNY' else 'GBP' end as currency_code,
        date as price_date,
        cast(list_amount as decimal(18, 2)) as list_price_amount,
        cast(price_amount as decimal(18, 2)) as sale_price_amount,
        cast(cost_amount as decimal(18, 2)) as unit_cost_amount,
        is_promo as is_promoted
    from source

)

select * from renamed
