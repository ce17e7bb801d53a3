-- One row per landed row of offers.

with source as (

    {{ shopkeeper.typed_source('marketing', 'offers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        offer_id,
        kind as offer_kind,
        case kind when 'rate_off' then discount_rate end as discount_rate,
        case kind when 'amount_off' then discount_amount end as discount_amount,
        minimum_amount,
        case market when 'CN' then 'CNY' else 'GBP' end as currency_code,
        category as category_name,
        starts_date as started_date,
        ends_date as ended_date
    from source

)

select * from renamed
