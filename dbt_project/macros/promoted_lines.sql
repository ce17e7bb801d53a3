{# Sold lines and the channels that promoted their product on that day, where the promotion is of `place`. #}

{% macro promoted_lines(place) -%}
    select
        sold_lines.transaction_line_id,
        sold_lines.transaction_id,
        sold_lines.net_amount,
        promotions.channel
    from sold_lines
    inner join {{ ref('input__promotions') }} as promotions
        on
            sold_lines.product_id = promotions.product_id
            and {{ place }}
            and sold_lines.transaction_date between promotions.started_date and promotions.ended_date
{%- endmacro %}
