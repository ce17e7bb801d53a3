-- One row per landed row of assignments.

with source as (

    {{ shopkeeper.typed_source('experiments', 'assignments') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        experiment_id,
        'customer_id' as identifier_type,
        customer_no as identifier_value,
        arm as experiment_arm,
        assigned_at
    from source

)

select * from renamed
