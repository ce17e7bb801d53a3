-- One row per batch and basket header that its lines show.

with source as (

    {{ shopkeeper.typed_source('pos', 'transaction_lines') }}

),

headers as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        basket_id,
        household_id,
        store_id,
        transaction_timestamp
    from source
    group by batch_id, basket_id, household_id, store_id, transaction_timestamp

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        basket_id as transaction_id,
        'household_id' as identifier_type,
        household_id as identifier_value,
        store_id,

        -- attributes
        'store' as sales_channel,
        'completed' as transaction_status,
        {{ shopkeeper.currency_of('pos', 'transaction_lines') }} as currency_code,

        -- times
        transaction_timestamp as transaction_at
    from headers

)

select * from renamed
