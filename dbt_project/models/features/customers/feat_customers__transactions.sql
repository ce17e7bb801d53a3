-- One row per transaction with lines of a known customer.

with transactions as (

    select * from {{ ref('fct_transactions') }}
    where line_count > 0

),

identifiers as (

    select * from {{ ref('dim_customer_identifiers') }}

),

owned as (

    select
        transactions.transaction_id,
        identifiers.customer_id,
        transactions.transaction_at,
        transactions.transaction_date,
        transactions.store_id,
        transactions.sale_line_count,
        transactions.discounted_line_count,
        transactions.has_return,
        transactions.gross_amount,
        transactions.loyalty_discount_amount,
        transactions.third_party_discount_amount,
        transactions.reporting_revenue_amount as revenue_amount,
        transactions.reporting_currency_code as currency_code
    from transactions
    inner join identifiers
        on
            transactions.identifier_type = identifiers.identifier_type
            and transactions.identifier_value = identifiers.identifier_value

)

select * from owned
