-- One row per batch and store that it mentions; no system describes stores.

with source as (

    select distinct
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        {{ shopkeeper.cast_source_column('pos', 'transaction_lines', 'store_id') }} as store_id,
    from {{ source('pos', 'transaction_lines') }}

),

renamed as (

    select
        -- origin
        batch_id,

        -- ids
        store_id,
    from source

)

select * from renamed
