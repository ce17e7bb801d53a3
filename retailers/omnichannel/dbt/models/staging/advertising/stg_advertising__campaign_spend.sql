-- One row per landed row of spend.

with source as (

    {{ shopkeeper.typed_source('advertising', 'spend') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        channel,
        'always-on-' || market as campaign_id,
        date as spend_date,
        spend_amount,
        impression_count,
        click_count,
        case market when 'CN' then 'CNY' else 'GBP' end as currency_code
    from source

)

select * from renamed
