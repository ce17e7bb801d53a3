"""Retail science as pure functions over Arrow tables: no Airflow, no dbt, no files.

Add a method here if it needs nothing but a table; reading inputs and writing results belongs to the steps.
"""
