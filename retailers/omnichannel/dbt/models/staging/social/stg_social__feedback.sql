-- One row per landed row of comments.

with source as (

    {{ shopkeeper.typed_source('social', 'comments') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'comment-' || text_id as feedback_id,
        product_id,
        case when account is not null then 'social_account_id' end as identifier_type,
        account as identifier_value,
        'comment' as feedback_kind,
        written_at as given_at
    from source

)

select * from renamed
