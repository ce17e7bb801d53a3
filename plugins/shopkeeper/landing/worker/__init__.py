"""Parses each file in a process of its own, under limits of memory and time.

Tells failures of the machine from failures caused by the file.
"""
