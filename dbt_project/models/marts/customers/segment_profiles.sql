-- One row per segment and feature: how the segment differs from all customers.

with profiles as (

    select * from {{ ref('scores__segment_profiles') }}

)

select * from profiles
