-- One row per landed row of reactions.

with source as (

    {{ shopkeeper.typed_source('social', 'reactions') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'comment-' || text_id as feedback_id,
        counted_at,
        like_count,
        share_count
    from source

)

select * from renamed
