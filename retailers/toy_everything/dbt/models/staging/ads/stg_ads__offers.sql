-- One row per landed row of offers.

with source as (

    {{ shopkeeper.typed_source('ads', 'offers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        offer_id,
        'amount_off' as offer_kind,
        reduction as discount_amount,
        from_amount as minimum_amount,
        currency as currency_code,
        changed_at as stated_at
    from source

)

select * from renamed
