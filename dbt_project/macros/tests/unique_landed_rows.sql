{# Every batch of the named tables is in the model exactly once, with as many rows as were accepted, and no
   other batch does. Staging holds the new batches only, the input layer all that the version contains. #}

{% test unique_landed_rows(model, tables, statuses=['new', 'kept']) %}

with expected as (

    select
        batch_id,
        row_count
    from {{ source('build', 'batches') }}
    where
        system || '.' || table_name in ('{{ tables | join("', '") }}')
        and status in ('{{ statuses | join("', '") }}')

),

found as (

    select
        batch_id,
        count(*) as row_count
    from {{ model }}
    group by batch_id

)

select
    coalesce(found.batch_id, expected.batch_id) as batch_id,
    coalesce(found.row_count, 0) as row_count,
    coalesce(expected.row_count, 0) as expected_row_count
from found
full outer join expected on found.batch_id = expected.batch_id
where coalesce(found.row_count, 0) <> coalesce(expected.row_count, 0)

{% endtest %}
