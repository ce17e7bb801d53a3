"""One landing at work: which files are taken, in which order, once each, and what is reported of them.

What is in a file is read and judged elsewhere.
"""
