"""Shopkeeper: the steps of a retail data refresh, in plain Python.

When things run is defined in `dags/`, what the data means in `dbt_project/`.
"""

__version__ = "0.1.0"
"""The release; each published version records the one that made it."""
