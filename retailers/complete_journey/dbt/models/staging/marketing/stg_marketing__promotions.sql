-- One row per landed placement of a product and channel: its display, its page of the mailer.

with source as (

    {{ shopkeeper.typed_source('marketing', 'promotions') }}

),

channels as (

    select 'display' as channel

    union all

    select 'mailer' as channel

),

-- One pass over the source: DuckDB copies 20 million rows where a query names them twice.
placements as (

    select
        source.*,
        channels.channel
    from source
    cross join channels
    where
        (channels.channel = 'display' and source.display_location <> '0')
        or (channels.channel = 'mailer' and source.mailer_location <> '0')

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
