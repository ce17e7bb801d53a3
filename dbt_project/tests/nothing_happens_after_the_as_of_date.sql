-- Facts end at the as-of date, whatever has landed already.

with facts as (

    select max(transaction_date) as last_date from {{ ref('fct_transactions') }}

    union all

    select max({{ business_date('touched_at') }}) as last_date from {{ ref('fct_touchpoints') }}

    union all

    select max(exposed_date) as last_date from {{ ref('fct_campaign_exposures') }}

    union all

    select max(first_redeemed_date) as last_date from {{ ref('fct_campaign_exposures') }}

)

select facts.last_date
from facts
cross join {{ source('build', 'refresh') }} as refresh
where facts.last_date > refresh.as_of_date
