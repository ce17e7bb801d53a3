"""Retail science as pure functions over Arrow tables: no Airflow, no dbt, no files.

A new method is welcome when a table is all it needs; reading inputs and writing results belongs to the steps.
"""
