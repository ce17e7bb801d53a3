-- One row per batch and identifier of a customer that it mentions.

with source as (

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        {{ shopkeeper.cast_source_column('marketing', 'campaign_mailings', 'household_id') }} as household_id,
    from {{ source('marketing', 'campaign_mailings') }}

    union

    select
        {{ shopkeeper.batch_id_of_file() }} as batch_id,
        {{ shopkeeper.cast_source_column('marketing', 'coupon_redemptions', 'household_id') }} as household_id,
    from {{ source('marketing', 'coupon_redemptions') }}

),

renamed as (

    select
        -- origin
        batch_id,

        -- ids
        household_id as customer_id,
        'household_id' as identifier_type,
        household_id as identifier_value,
    from source

)

select * from renamed
