-- Revenue without a rate would be missing in every sum. The message names a currency only by a valid code.

with lacking as (

    select
        case when length(currency_code) = 3 then currency_code else 'a currency without code' end as currency,
        transaction_date
    from {{ ref('fct_transactions') }}
    where reporting_revenue_amount is null

),

days as (

    select
        currency,
        count(distinct transaction_date) as day_count,
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from lacking
    group by currency

),

named as (

    select
        string_agg(
            concat(currency, ' (', first_date, ' to ', last_date, ', days with sales: ', day_count, ')'), ', '
        ) as currencies
    from days

)

select currencies from named
where
    case
        when currencies is not null
            then {{ end_with("
                concat(
                    'no exchange rate for ', currencies, ': deliver exchange_rates of the first day or before ',
                    '(a rate holds until the next), see docs/entities.md'
                )
            ") }} is not null
    end
