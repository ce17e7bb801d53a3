-- One row per landed placement of a product and channel: its display, its page of the mailer.

with source as (

    {{ shopkeeper.typed_source('marketing', 'promotions') }}

),

placements as (

    select
        *,
        'display' as channel
    from source
    where display_location <> '0'

    union all

    select
        *,
        'mailer' as channel
    from source
    where mailer_location <> '0'

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        cast(product_id as string) as product_id,
        cast(store_id as string) as store_id,

        -- attributes
        channel,

        -- times
        {{ start_of_numbered_week('"week"') }} as started_date,
        {{ end_of_numbered_week('"week"') }} as ended_date
    from placements

)

select * from renamed
