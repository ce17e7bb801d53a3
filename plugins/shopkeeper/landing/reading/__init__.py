"""Bytes → rows: reads lines, records and headers of CSV, JSON Lines and Parquet, or refuses the file.

Add new file formats here. Checking values belongs to `checking`.
"""
