-- One row per landed row of sends that did not bounce.

with source as (

    {{ shopkeeper.typed_source('marketing', 'sends') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        send_id,
        campaign_id,
        'customer_id' as identifier_type,
        customer_no as identifier_value,
        {{ shopkeeper.business_date('sent_at') }} as sent_date
    from source
    where outcome is null or outcome <> 'bounced'

)

select * from renamed
