-- One row per landed line of a receipt.

with source as (

    {{ shopkeeper.typed_source('shop', 'sales') }}

),

renamed as (

    select
        -- origin
        batch_id,
        source_line_number,

        -- ids
        receipt || '-' || cast(line as string) as transaction_line_id,
        receipt as transaction_id,
        isbn as product_id,

        -- amounts
        cast(case when amount < 0 then -1 else 1 end as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        amount as net_amount,
        {{ shopkeeper.currency_of('shop', 'sales') }} as currency_code
    from source

)

select * from renamed
