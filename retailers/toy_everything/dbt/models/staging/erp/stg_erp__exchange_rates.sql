-- One row per landed row of rates.

with source as (

    {{ shopkeeper.typed_source('erp', 'rates') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        day as rate_date,
        currency as currency_code,
        cast(rate as decimal(18, 9)) as exchange_rate
    from source

)

select * from renamed
