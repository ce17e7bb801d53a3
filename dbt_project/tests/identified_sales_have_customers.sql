-- Every sale with an identifier has a customer: an empty table would mean a failed join.

with identified as (

    select count(*) as sale_count from {{ ref('fct_transactions') }}
    where identifier_value is not null and line_count > 0

),

linked as (

    select count(*) as sale_count from {{ ref('feat_customers__transactions') }}

),

customers as (

    select count(*) as customer_count from {{ ref('dim_customers') }}

)

select
    identified.sale_count as identified_count,
    linked.sale_count as linked_count,
    customers.customer_count
from identified
cross join linked
cross join customers
where identified.sale_count > 0 and (linked.sale_count = 0 or customers.customer_count = 0)
