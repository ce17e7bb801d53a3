-- One row per statement about a payment.

with united as (

    {{ union_of_systems('payments') }}

)

select * from united
