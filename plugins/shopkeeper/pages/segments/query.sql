-- name: segments
select
    segments.segment_id,
    segments.segment_name,
    count(*) as customer_count,
    count(*) / sum(count(*)) over () as customer_rate,
    sum(customers.net_amount) as net_amount,
    sum(customers.net_amount) / sum(sum(customers.net_amount)) over () as net_amount_rate,
    avg(customers.net_amount) as average_net_amount,
    avg(customers.transaction_count) as average_transaction_count,
    median(customers.recency_day_count) as median_recency_day_count,
    any_value(customers.currency_code) as currency_code
from marts.customer_segments as segments
left join marts.customer_360 as customers using (customer_id)
group by segments.segment_id, segments.segment_name
qualify segments.segment_id = coalesce($segment_id, segments.segment_id)
order by customer_count desc, segments.segment_id

-- name: differences
select
    segment_id,
    segment_name,
    feature_name,
    centroid,
    overall_mean,
    standardized_difference
from marts.segment_profiles
where
    feature_rank <= 5
    and segment_id = coalesce($segment_id, segment_id)
order by segment_id, feature_rank

-- name: customers
select
    segments.customer_id,
    segments.segment_name,
    segments.rfm_cell,
    customers.net_amount,
    customers.currency_code,
    customers.transaction_count,
    customers.recency_day_count
from marts.customer_segments as segments
left join marts.customer_360 as customers using (customer_id)
where segments.segment_id = $segment_id
order by customers.net_amount desc nulls last, segments.customer_id

-- name: feature
select
    customer_id,
    segment_name,
    columns(lambda name: name = $feature_name),
    currency_code
from marts.customer_360
where segment_id = coalesce($segment_id, segment_id)
order by 3 desc nulls last, customer_id

-- name: choices
select distinct
    segment_id,
    segment_name
from marts.customer_segments
order by segment_id
