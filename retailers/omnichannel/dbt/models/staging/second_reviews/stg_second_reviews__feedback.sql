-- One row per landed row of reviews.

with source as (

    {{ shopkeeper.typed_source('second_reviews', 'reviews') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-review-' || text_id as feedback_id,
        'second-web-' || order_id as transaction_id,
        product_id,
        case when account is not null then 'account_id' end as identifier_type,
        account as identifier_value,
        'review' as feedback_kind,
        (rating - 1) / 4.0 as rating_rate,
        written_at as given_at
    from source

)

select * from renamed
