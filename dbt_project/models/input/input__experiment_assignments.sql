-- One row per statement about a person's arm in an experiment.

with united as (

    {{ union_of_systems('experiment_assignments') }}

)

select * from united
