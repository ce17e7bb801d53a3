-- One row per landed row of spend.

with source as (

    {{ shopkeeper.typed_source('ads', 'spend') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        channel,
        campaign_id,
        day as spend_date,
        amount as spend_amount,
        impressions as impression_count,
        clicks as click_count,
        currency as currency_code
    from source

)

select * from renamed
