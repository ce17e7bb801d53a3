{# The rows that the retailer's systems (var `systems`) deliver of one entity, in the columns of its contract: a column
   that a system's staging model lacks is a typed null, an entity that nobody delivers a typed empty table. #}

{% macro union_of_systems(entity) -%}
    {%- set deliverers = shopkeeper.deliverers_of(entity) -%}
    {%- for deliverer in deliverers %}
    select
        {%- set delivered = shopkeeper.described_columns(deliverer.identifier) %}
        {%- do shopkeeper.require_described(deliverer, delivered) %}
        {%- for column in model.columns.values() %}
        {% if column.name in delivered %}{{ column.name }}
        {%- else %}cast(null as {{ column.data_type }}) as {{ column.name }}{% endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ deliverer }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- else %}
    select
        {%- for column in model.columns.values() %}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select 1 as nothing) as nobody
    where 1 = 0
    {%- endfor %}
{%- endmacro %}

{# The columns that a staging model's yml describes. #}

{% macro described_columns(name) -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name -%}
            {{ return(node.columns.keys() | list) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{# A canonical column that a staging model gives and its yml lacks would be null in silence. Only a build has the view
   whose columns are read; a query without a transaction leaves the hooks of the input model free to write. #}

{% macro require_described(deliverer, described) -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set given = run_query('select * from ' ~ deliverer ~ ' where 1 = 0').column_names -%}
        {%- for column in given if column in model.columns and column not in described -%}
            {%- do exceptions.raise_compiler_error(
                deliverer.identifier ~ ' gives ' ~ column ~ ', which its yml does not list: add it there'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The staging models that deliver an entity; a system that delivers it in several tables names them
   `<entity>__<part>`. #}

{% macro deliverers_of(entity) -%}
    {%- set deliverers = [] -%}
    {%- for system, parts in var('systems').items() -%}
        {%- for part in parts if part.split('__')[0] == entity -%}
            {%- do deliverers.append(ref('stg_' ~ system ~ '__' ~ part)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(deliverers) }}
{%- endmacro %}
