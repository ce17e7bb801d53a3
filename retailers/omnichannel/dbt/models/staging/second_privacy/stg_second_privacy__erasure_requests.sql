-- One row per landed row of deletions.

with source as (

    {{ shopkeeper.typed_source('second_privacy', 'deletions') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        case
            when substr(account, 1, 2) = 'M-' then 'customer_id'
            when substr(account, 1, 1) = 'u' then 'social_account_id'
            when substr(account, 1, 1) = 'V' then 'card_number'
            else 'account_id'
        end as identifier_type,
        account as identifier_value,
        deleted_at as requested_at
    from source

)

select * from renamed
