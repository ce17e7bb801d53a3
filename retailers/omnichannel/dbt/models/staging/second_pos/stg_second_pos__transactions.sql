-- One row per landed row of bons.

with source as (

    {{ shopkeeper.typed_source('second_pos', 'bons') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-pos-' || bon as transaction_id,
        case when card is not null then 'card_number' end as identifier_type,
        card as identifier_value,
        'second-' || branch as store_id,
        'store' as sales_channel,
        'completed' as transaction_status,
        -- the row does not say in which country the till is; the day is right in both
        {{ shopkeeper.instant_of_local(
            "cast(cast(day as string) || ' ' || time as timestamp)", "'Europe/London'"
        ) }} as transaction_at
    from source

)

select * from renamed
