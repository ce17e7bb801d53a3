-- One row per landed row of opens.

with source as (

    {{ shopkeeper.typed_source('ads', 'opens') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        open_id as engagement_id,
        campaign_id,
        case when customer_id is not null then 'customer_id' end as identifier_type,
        customer_id as identifier_value,
        'open' as engagement_type,
        opened_at as engaged_at
    from source

)

select * from renamed
