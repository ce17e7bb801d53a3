-- One row per landed row of consents.

with source as (

    {{ shopkeeper.typed_source('second_consents', 'consents') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        customer_no as identifier_value,
        purpose as consent_purpose,
        is_given as is_consented,
        stated_at as declared_at
    from source

)

select * from renamed
