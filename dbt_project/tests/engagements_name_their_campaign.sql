-- Counts what was done with sends of no known campaign; no report of a campaign shows it.

{{ config(severity='warn', enabled=is_delivered('engagements')) }}

select engagement_id
from {{ ref('fct_engagements') }}
where campaign_id is null
