-- One row per attribution model and channel.

with credits as (

    select * from {{ ref('scores__channel_credits') }}

),

totals as (

    select
        attribution_model,
        channel,
        conversion_count,
        credited_amount,
        '{{ var("currency_code") }}' as currency_code,
        sum(credited_amount) over (partition by attribution_model) as model_credited_amount
    from credits

),

shares as (

    select
        attribution_model,
        channel,
        conversion_count,
        credited_amount,
        currency_code,
        {{ amount_rate('credited_amount', 'model_credited_amount') }} as credit_rate,
        false as is_exposure_randomized
    from totals

)

select * from shares
