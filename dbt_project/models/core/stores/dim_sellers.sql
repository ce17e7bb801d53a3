-- One row per marketplace seller; one that only sold is inferred until a system describes it.

{{ config(enabled=is_delivered('sellers')) }}

with described_sellers as (

    {{ current_rows('sellers') }}

),

places as (

    {{ current_rows('places') }}

),

selling as (

    select distinct seller_id from {{ ref('fct_transaction_lines') }}
    where seller_id is not null

),

sellers as (

    select
        coalesce(described_sellers.seller_id, selling.seller_id) as seller_id,
        described_sellers.seller_name,
        coalesce(described_sellers.city_name, places.city_name) as city_name,
        coalesce(described_sellers.region_name, places.region_name) as region_name,
        coalesce(described_sellers.country_code, places.country_code) as country_code,
        described_sellers.gone_since_date,
        described_sellers.seller_id is null as is_inferred
    from described_sellers
    full outer join selling on described_sellers.seller_id = selling.seller_id
    left join places on described_sellers.place_id = places.place_id

)

select * from sellers
