-- One row per batch and order that its lines show.

with source as (

    {{ shopkeeper.typed_source('shop', 'orders') }}

),

orders as (

    select
        batch_id,
        min(source_line_number) as source_line_number,
        {{ shopkeeper.column_name('Name') }} as transaction_id,
        max({{ shopkeeper.column_name('Email') }}) as email,
        max({{ shopkeeper.column_name('Financial Status') }}) as financial_status,
        max({{ shopkeeper.column_name('Fulfillment Status') }}) as fulfillment_status,
        max({{ shopkeeper.column_name('Cancelled at') }}) as cancelled_at,
        max({{ shopkeeper.column_name('Created at') }}) as transaction_at,
        max({{ shopkeeper.column_name('Shipping') }}) as freight_amount,
        max({{ shopkeeper.column_name('Taxes') }}) as tax_amount,
        max({{ shopkeeper.column_name('Currency') }}) as currency_code
    from source
    group by batch_id, {{ shopkeeper.column_name('Name') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        transaction_id,
        case when email is not null then 'email' end as identifier_type,
        -- The export has no customer number; the address is a token by now.
        email as identifier_value,
        'web' as sales_channel,
        case
            when cancelled_at is not null or financial_status = 'voided' then 'cancelled'
            when fulfillment_status = 'fulfilled' then 'shipped'
            when financial_status in ('paid', 'partially_refunded', 'refunded') then 'paid'
            else 'placed'
        end as transaction_status,
        transaction_at,
        freight_amount,
        tax_amount,
        currency_code
    from orders

)

select * from renamed
