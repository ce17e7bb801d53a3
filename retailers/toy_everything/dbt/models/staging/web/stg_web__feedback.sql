-- One row per landed row of reviews.

with source as (

    {{ shopkeeper.typed_source('web', 'reviews') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        review_id as feedback_id,
        order_id as transaction_id,
        product_id,
        case when customer_id is not null then 'customer_id' end as identifier_type,
        customer_id as identifier_value,
        'review' as feedback_kind,
        (stars - 1) / 4.0 as rating_rate,
        written_at as given_at,
        edited_at as stated_at
    from source

)

select * from renamed
