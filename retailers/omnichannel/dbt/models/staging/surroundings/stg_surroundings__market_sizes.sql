-- One row per landed row of market_report.

with source as (

    {{ shopkeeper.typed_source('surroundings', 'market_report') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        market as country_code,
        category as category_name,
        month as month_start_date,
        cast(market_amount as decimal(18, 2)) as market_amount,
        case market when 'CN' then 'CNY' else 'GBP' end as currency_code,
        online_rate,
        growth_rate
    from source

)

select * from renamed
