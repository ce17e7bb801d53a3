-- One row per landed row of surveys that was answered.

with source as (

    {{ shopkeeper.typed_source('second_surveys', 'surveys') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-survey-' || survey_id as feedback_id,
        coalesce('second-web-' || order_id, 'second-pos-' || receipt_id) as transaction_id,
        case when customer_no is not null then 'customer_id' end as identifier_type,
        customer_no as identifier_value,
        'survey' as feedback_kind,
        case kind when 'nps' then score / 10.0 else (score - 1) / 4.0 end as rating_rate,
        answered_at as given_at
    from source
    where answered_at is not null

)

select * from renamed
