-- One row per landed row of banners.

with source as (

    {{ shopkeeper.typed_source('ads', 'banners') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        product_id,
        'banner' as channel,
        started as started_date,
        ended as ended_date
    from source

)

select * from renamed
