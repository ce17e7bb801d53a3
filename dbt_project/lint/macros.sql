{# What sqlfluff reads in place of the macros, so that it needs neither dbt nor a build. #}

{% macro batch_id_of_file() %}'batch'{% endmacro %}
{% macro business_date(instant) %}cast({{ instant }} as date){% endmacro %}
{% macro start_of_business_date(day) %}cast({{ day }} as timestamp){% endmacro %}
{% macro add_days(day, count) %}({{ day }}) + {{ count }}{% endmacro %}
{% macro week_start_date(day) %}cast({{ day }} as date){% endmacro %}
{% macro weekday_number(day) %}extract(dow from {{ day }}){% endmacro %}
{% macro end_with(sentence) %}error({{ sentence }}){% endmacro %}
{% macro days_between(earlier, later) %}({{ later }} - {{ earlier }}){% endmacro %}
{% macro days_of(relation, first_date, last_date) %}select {{ first_date }} as calendar_date from {{ relation }}{% endmacro %}
{% macro seconds_between(earlier, later) %}({{ later }} - {{ earlier }}){% endmacro %}
{% macro status_step(status) %}case {{ status }} when 'placed' then 1 else 2 end{% endmacro %}
{% macro divide_amount(amount, divisor) %}({{ amount }}) / ({{ divisor }}){% endmacro %}
{% macro amount_rate(part, whole) %}({{ part }}) / ({{ whole }}){% endmacro %}
{% macro union_of_systems(entity) %}
    select batch_id from {{ entity }}
{% endmacro %}
{% macro is_delivered(entity) %}true{% endmacro %}
{% macro first_known(value, order) %}max({{ value }}){% endmacro %}
{% macro changed_keys(entity) %}select batch_id from {{ entity }}{% endmacro %}
{% macro current_rows(entity, changed_in=none, by=none) %}select batch_id from {{ entity }}{% endmacro %}
{% macro present_rows(entity, changed_in=none, by=none) %}select batch_id from {{ entity }}{% endmacro %}
{% macro conflicting_rows(entity, changed_in=none, by=none) %}select batch_id from {{ entity }}{% endmacro %}
{% macro and_among(column, values) %}and {{ column }} = 'x'{% endmacro %}
{% macro and_not_among(column, values) %}and {{ column }} <> 'x'{% endmacro %}
{% macro start_of_numbered_week(week_number) %}cast({{ week_number }} as date){% endmacro %}
{% macro end_of_numbered_week(week_number) %}cast({{ week_number }} as date){% endmacro %}
{% macro customer_group_columns() %}{% endmacro %}
{% macro customer_group_joins() %}{% endmacro %}
{% macro promoted_lines(place) %}select sold_lines.* from sold_lines inner join promotions on {{ place }}{% endmacro %}
{% macro visits(condition) %}select session_id from int_sessions__measured where {{ condition }}{% endmacro %}
{% macro customer_columns() %}customers.customer_id,{% endmacro %}
{% macro recorded_columns(entity, relation) %}{{ relation }}.{{ entity }}_told,{% endmacro %}
{% macro first_recorded_columns(entity, order) %}max({{ order }}) as {{ entity }}_told,{% endmacro %}
