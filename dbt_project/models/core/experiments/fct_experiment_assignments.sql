-- One row per experiment and identifier that was assigned to an arm of it.

{{ config(enabled=is_delivered('experiment_assignments')) }}

with current_assignments as (

    {{ present_rows('experiment_assignments') }}

),

assignments as (

    select
        batch_id,
        source_line_number,
        experiment_id,
        identifier_type,
        identifier_value,
        experiment_arm,
        assigned_at
    from current_assignments

)

select * from assignments
