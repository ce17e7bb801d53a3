-- One row per statement about an entry of the points ledger.

with united as (

    {{ union_of_systems('loyalty_entries') }}

)

select * from united
