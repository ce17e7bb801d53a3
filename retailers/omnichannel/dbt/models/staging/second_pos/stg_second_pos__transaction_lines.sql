-- One row per landed row of bon_lines.

with source as (

    {{ shopkeeper.typed_source('second_pos', 'bon_lines') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'second-pos-' || bon || '-' || cast(line as string) as transaction_line_id,
        'second-pos-' || bon as transaction_id,
        cast(cast(substr(article, 2) as bigint) as string) as product_id,
        cast(units as decimal(18, 3)) as unit_quantity,
        'piece' as unit_of_measure,
        amount as net_amount,
        case money when 'RMB' then 'CNY' else money end as currency_code
    from source

)

select * from renamed
