-- One row per attribution model and channel.

with source as (

    select * from {{ source('scores', 'channel_credits') }}

),

renamed as (

    select
        attribution_model,
        channel,
        conversion_count,
        credited_amount
    from source

)

select * from renamed
