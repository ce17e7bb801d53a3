"""dbt on a build, in this process: running, documenting, and which models a selector names.

The one writer of a warehouse file. What a model means belongs to dbt itself.
"""
