{# Money divided exactly, halves of a cent rounded away from zero. Engines divide decimals as doubles, or round
   twice; whole numbers they divide without loss. Both sides have at most six digits after the point; what divides
   is never zero. #}

{% macro divide_amount(amount, divisor) -%}
    {{ return(adapter.dispatch('divide_amount', 'shopkeeper')(amount, divisor)) }}
{%- endmacro %}

{% macro default__divide_amount(amount, divisor) -%}
    cast({{ shopkeeper.divided_amount(amount, divisor, 38, 'decimal(38, 0)', 'div') }} as decimal(18, 2))
{%- endmacro %}

{# Most numbers are small, and whole numbers of 64 bits are divided fifteen times as fast as those of 128. #}
{% macro duckdb__divide_amount(amount, divisor) -%}
    cast(
        case
            when abs({{ amount }}) < 1000000 and abs({{ divisor }}) < 1000000
                then {{ shopkeeper.divided_amount(amount, divisor, 18, 'bigint', '//') }}
            else {{ shopkeeper.divided_amount(amount, divisor, 38, 'hugeint', '//') }}
        end as decimal(18, 2)
    )
{%- endmacro %}

{% macro divided_amount(amount, divisor, precision, integer, operator) -%}
    {%- set wholes = [] -%}
    {%- for value in [amount, divisor] -%}
        {%- set number = 'abs(cast(' ~ value ~ ' as decimal(' ~ precision ~ ', 6)))' -%}
        {%- do wholes.append('cast(' ~ number ~ ' * 1000000 as ' ~ integer ~ ')') -%}
    {%- endfor -%}
    cast(
        case when ({{ amount }} < 0) <> ({{ divisor }} < 0) then -1 else 1 end
        * ((200 * {{ wholes[0] }} + {{ wholes[1] }}) {{ operator }} (2 * {{ wholes[1] }})) as decimal(18, 0)
    ) * 0.01
{%- endmacro %}

{# A share of money as the double next to it: cents are whole numbers, which doubles hold exactly. #}
{% macro amount_rate(part, whole) -%}
    cast(100 * {{ part }} as double) / nullif(cast(100 * {{ whole }} as double), 0)
{%- endmacro %}
