"""Shopkeeper: how each step of a retail data refresh is done, in plain Python.

What runs when lives in ``dags/``, what the data means in ``dbt_project/``.
"""

__version__ = "0.1.0"
"""The release: what an upgrade changes, and what a published version was made with."""
