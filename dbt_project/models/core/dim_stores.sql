-- One row per store; no system describes stores yet, so that every one is inferred from what mentions it.

with mentioned_stores as (

    select * from {{ ref('input__stores') }}

),

stores as (

    select distinct
        store_id,
        true as is_inferred,
    from mentioned_stores

)

select * from stores
