-- One row per customer and the segment it was put into.

with source as (

    select * from {{ source('scores', 'customer_segments') }}

),

renamed as (

    select
        customer_id,
        segment_id,
        segment_name,
        rfm_cell,
        recency_score,
        frequency_score,
        monetary_score
    from source

)

select * from renamed
