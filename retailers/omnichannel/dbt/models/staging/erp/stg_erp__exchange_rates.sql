-- One row per batch and day: the rate at which the ERP values the same goods in both countries.

with source as (

    {{ shopkeeper.typed_source('erp', 'prices') }}

),

summed as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        date as rate_date,
        sum(case when market = 'GB' then cast(cost_amount as decimal(18, 2)) end) as cost_in_gbp,
        sum(case when market = 'CN' then cast(cost_amount as decimal(18, 2)) end) as cost_in_cny
    from source
    group by batch_id, date

),

renamed as (

    select
        batch_id,
        source_line_number,
        rate_date,
        'CNY' as currency_code,
        cast(cast(cost_in_gbp as double) / cast(cost_in_cny as double) as decimal(18, 9)) as exchange_rate
    from summed

)

select * from renamed
