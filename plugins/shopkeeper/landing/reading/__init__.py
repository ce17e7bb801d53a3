"""Bytes → rows: lines, records and headers of CSV, JSON Lines and Parquet, or the refusal of the file.

A new file format belongs here. What the values say is judged elsewhere.
"""
