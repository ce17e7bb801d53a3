-- A mart of customers or segments has as many rows as the model that it is built from.

with counted as (

    select
        'customer_360' as mart,
        (select count(*) from {{ ref('dim_customers') }}) as expected_count,
        (select count(*) from {{ ref('customer_360') }}) as row_count
    union all
    select
        'customer_segments' as mart,
        (select count(*) from {{ ref('scores__customer_segments') }}) as expected_count,
        (select count(*) from {{ ref('customer_segments') }}) as row_count
    union all
    select
        'segment_profiles' as mart,
        (select count(*) from {{ ref('scores__segment_profiles') }}) as expected_count,
        (select count(*) from {{ ref('segment_profiles') }}) as row_count

)

select * from counted
where expected_count <> row_count
