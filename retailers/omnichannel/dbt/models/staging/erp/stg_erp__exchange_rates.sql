-- One row per batch and day: the rate at which the ERP values the same goods in both countries.

with source as (

    {{ shopkeeper.typed_source('erp', 'prices') }}

),

renamed as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        max(date) as rate_date,
        'CNY' as currency_code,
        cast(
            cast(sum(case when market = 'GB' then cast(cost_amount as decimal(18, 2)) end) as double)
            / cast(sum(case when market = 'CN' then cast(cost_amount as decimal(18, 2)) end) as double) as decimal(18, 9)
        ) as exchange_rate
    from source
    group by batch_id, date

)

select * from renamed
