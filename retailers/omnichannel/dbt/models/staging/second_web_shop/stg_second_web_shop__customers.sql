-- One row per landed row of accounts.

with source as (

    {{ shopkeeper.typed_source('second_web_shop', 'accounts') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        case when kind = 'social' then 'social_account_id' else 'account_id' end as identifier_type,
        uid as identifier_value,
        cast(created as date) as registered_date
    from source

)

select * from renamed
