-- One row per conversion: a transaction that earned something, in the sales channels that count.

with transactions as (

    select * from {{ ref('fct_transactions') }}
    where
        reporting_revenue_amount >= {{ var('conversions')['minimum_amount'] }}
        {{ and_among('sales_channel', var('conversions')['sales_channels']) }}

),

identifiers as (

    select * from {{ ref('dim_customer_identifiers') }}

),

conversions as (

    select
        transactions.transaction_id,
        identifiers.customer_id,
        transactions.transaction_at as converted_at,
        transactions.reporting_revenue_amount as revenue_amount,
        transactions.reporting_currency_code as currency_code
    from transactions
    left join identifiers
        on
            transactions.identifier_type = identifiers.identifier_type
            and transactions.identifier_value = identifiers.identifier_value

)

select * from conversions
