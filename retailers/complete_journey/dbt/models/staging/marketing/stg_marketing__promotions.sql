-- One row per landed placement of a product in a store's display or mailer during one week.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        *
    from {{ source('marketing', 'promotions') }}

),

renamed as (

    select
        -- origin
        batch_id,

        -- ids
        cast({{ shopkeeper.cast_source_column('marketing', 'promotions', 'product_id') }} as varchar) as product_id,
        cast({{ shopkeeper.cast_source_column('marketing', 'promotions', 'store_id') }} as varchar) as store_id,

        -- attributes
        {{ shopkeeper.cast_source_column('marketing', 'promotions', 'display_location') }} as display_location,
        {{ shopkeeper.cast_source_column('marketing', 'promotions', 'mailer_location') }} as mailer_location,

        -- times
        {{ start_of_numbered_week(
            shopkeeper.cast_source_column('marketing', 'promotions', 'week')
        ) }} as week_start_date,
    from source

)

select * from renamed
