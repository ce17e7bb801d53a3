-- One row per attribution model and channel.

with touch_credits as (

    select * from {{ ref('scores__touch_credits') }}

),

credits as (

    select
        attribution_model,
        channel,
        cast(sum(conversion_count) as double) as conversion_count,
        cast(sum(credited_amount) as decimal(18, 2)) as credited_amount
    from touch_credits
    group by attribution_model, channel

),

totals as (

    select
        *,
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
