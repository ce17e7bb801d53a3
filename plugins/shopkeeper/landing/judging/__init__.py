"""Rows → accepted or refused by the contract, each counted once.

A new way for a value to be wrong belongs here or to the contract's casts. Reading a file does not.
"""
