-- No fact is later than the as-of date, even if later rows have landed.

with facts as (

    select max(transaction_date) as last_date from {{ ref('fct_transactions') }}

    union all

    select max({{ business_date('touched_at') }}) as last_date from {{ ref('fct_touchpoints') }}

    union all

    select max(exposed_date) as last_date from {{ ref('fct_campaign_exposures') }}

    union all

    select max(first_redeemed_date) as last_date from {{ ref('fct_campaign_exposures') }}

)

select last_date from facts
where last_date > (select as_of_date from {{ source('build', 'refresh') }})
