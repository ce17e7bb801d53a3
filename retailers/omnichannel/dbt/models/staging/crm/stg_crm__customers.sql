-- One row per landed row of customers.

with source as (

    {{ shopkeeper.typed_source('crm', 'customers') }}

),

renamed as (

    select
        batch_id,
        source_line_number,
        'customer_id' as identifier_type,
        customer_no as identifier_value,
        case when sex in ('F', '女') then 'female' when sex in ('M', '男') then 'male' end as gender,
        cast(opened as date) as registered_date,
        case when lower(remark) in ('staff', '员工') then true end as is_staff,
        city as city_name
    from source

)

select * from renamed
