-- One row per landed row of refunds.

with source as (

    {{ shopkeeper.typed_source('second_pos', 'refunds') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-pos-' || refund_no as refund_id,
        'second-pos-' || receipt_no as transaction_id,
        'second-pos-' || receipt_no || '-' || cast(line_no as string) as transaction_line_id,
        -amount as refund_amount,
        -- the row does not say in which country the till is; the day is right in both
        {{ shopkeeper.instant_of_local('sold_at', "'Europe/London'") }} as refunded_at,
        reason as refund_reason
    from source

)

select * from renamed
