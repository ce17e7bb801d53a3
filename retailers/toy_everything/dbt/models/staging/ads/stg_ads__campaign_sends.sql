-- One row per landed row of sends.

with source as (

    {{ shopkeeper.typed_source('ads', 'sends') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        campaign_id,
        'customer_id' as identifier_type,
        customer_id as identifier_value,
        sent as sent_date
    from source

)

select * from renamed
