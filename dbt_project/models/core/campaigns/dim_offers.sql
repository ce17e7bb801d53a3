-- One row per offer.

{{ config(enabled=is_delivered('offers')) }}

with current_offers as (

    {{ present_rows('offers') }}

),

offers as (

    select
        offer_id,
        offer_kind,
        discount_rate,
        discount_amount,
        minimum_amount,
        currency_code,
        category_name,
        started_date,
        ended_date
    from current_offers

)

select * from offers
