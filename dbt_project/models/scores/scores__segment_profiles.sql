-- One row per segment and feature.

with source as (

    select * from {{ source('scores', 'segment_profiles') }}

),

renamed as (

    select
        segment_id,
        feature_name,
        segment_name,
        customer_count,
        centroid,
        overall_mean,
        standardized_difference,
        feature_rank
    from source

)

select * from renamed
