"""Shopkeeper: how each step of a retail data refresh is done, in plain Python.

What runs when lives in ``dags/``, what the data means in ``dbt_project/``.
"""
