-- One row per attribution model, conversion and touch of its path; one where nothing touched it.

with source as (

    select * from {{ source('scores', 'touch_credits') }}

),

renamed as (

    select
        attribution_model,
        transaction_id,
        touch_number,
        touchpoint_id,
        channel,
        conversion_count,
        credited_amount
    from source

)

select * from renamed
