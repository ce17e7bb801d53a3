{# `input__products` is the table `input.products`: the schema already says the layer. #}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ custom_alias_name or node.name.removeprefix('input__').removeprefix('scores__') }}
{%- endmacro %}
