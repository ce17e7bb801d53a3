-- One row per landed row of sends that bounced or made the person unsubscribe.

with source as (

    {{ shopkeeper.typed_source('marketing', 'sends') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        outcome || '-' || send_id as engagement_id,
        send_id,
        campaign_id,
        'customer_id' as identifier_type,
        customer_no as identifier_value,
        case outcome when 'bounced' then 'bounce' else 'unsubscribe' end as engagement_type,
        sent_at as engaged_at
    from source
    where outcome in ('bounced', 'unsubscribed')

)

select * from renamed
