"""Checks rows against the contract: accepts or refuses each row exactly once.

Add new checks of values here or to the contract's casts. Reading files belongs elsewhere.
"""
