-- One row per review, survey answer, ticket or rating.

{{ config(
    materialized='incremental', incremental_strategy='by_key', on_schema_change='fail', key='feedback_id',
    changed_in='int_feedback__changed', enabled=is_delivered('feedback')
) }}

-- depends_on: {{ ref('int_feedback__changed') }}

with current_feedback as (

    {{ present_rows('feedback', 'int_feedback__changed') }}

),

feedback as (

    select
        batch_id,
        source_line_number,
        feedback_id,
        feedback_kind,
        transaction_id,
        product_id,
        identifier_type,
        identifier_value,
        rating_rate,
        given_at,
        {{ business_date('given_at') }} as given_date
    from current_feedback

)

select * from feedback
