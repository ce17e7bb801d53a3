-- One row per person, purpose and time for which one declaration holds.

{{ config(enabled=is_delivered('consents')) }}

with declarations as (

    {{ present_rows('consents') }}

),

compared as (

    select
        *,
        lag(is_consented) over (
            partition by identifier_type, identifier_value, consent_purpose order by declared_at
        ) as was_consented
    from declarations

),

consents as (

    select
        identifier_type,
        identifier_value,
        consent_purpose,
        is_consented,
        declared_at as valid_from,
        lead(declared_at) over (
            partition by identifier_type, identifier_value, consent_purpose order by declared_at
        ) as valid_to
    from compared
    where was_consented is null or was_consented <> is_consented

)

select * from consents
