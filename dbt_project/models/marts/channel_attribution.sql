-- One row per attribution model and channel.

with credits as (

    select * from {{ ref('stg_models__channel_credits') }}

),

shares as (

    select
        attribution_model,
        channel,
        conversion_count,
        credited_amount,
        '{{ var("currency_code") }}' as currency_code,
        cast(credited_amount / nullif(sum(credited_amount) over (partition by attribution_model), 0) as double) as credit_rate,
        false as is_exposure_randomized,
    from credits

)

select * from shares
