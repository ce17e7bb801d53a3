-- One row per store; one that is only mentioned is inferred until a system describes it.

with described_stores as (

    {{ current_rows('stores') }}

),

places as (

    {{ current_rows('places') }}

),

mentioned_stores as (

    select distinct store_id from {{ ref('fct_transactions') }}
    where store_id is not null

),

stores as (

    select
        coalesce(described_stores.store_id, mentioned_stores.store_id) as store_id,
        described_stores.store_name,
        described_stores.place_id,
        coalesce(described_stores.city_name, places.city_name) as city_name,
        coalesce(described_stores.region_name, places.region_name) as region_name,
        coalesce(described_stores.country_code, places.country_code) as country_code,
        places.latitude,
        places.longitude,
        described_stores.gone_since_date,
        described_stores.store_id is null as is_inferred
    from described_stores
    full outer join mentioned_stores on described_stores.store_id = mentioned_stores.store_id
    left join places on described_stores.place_id = places.place_id

)

select * from stores
