-- One row per piece of feedback and count of the reactions to it.

{{ config(enabled=is_delivered('feedback_reactions')) }}

with current_reactions as (

    {{ present_rows('feedback_reactions') }}

),

reactions as (

    select
        batch_id,
        source_line_number,
        feedback_id,
        counted_at,
        like_count,
        share_count
    from current_reactions

)

select * from reactions
