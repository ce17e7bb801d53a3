"""The dictionary of a version: every table and column with meaning, owner, class, lineage and readers.

Made from contracts, the vocabulary and dbt's graph; written as pages and as JSON, exported in open formats.
It never reads a row.
"""

from shopkeeper.dictionary.entries import Dictionary, Entry, Exposure, Freshness, Table
from shopkeeper.dictionary.exports import Format, export
from shopkeeper.dictionary.graph import Graph, Model
from shopkeeper.dictionary.lineage import compute
from shopkeeper.dictionary.making import make
from shopkeeper.dictionary.writing import read, write

__all__ = [
    "Dictionary",
    "Entry",
    "Exposure",
    "Format",
    "Freshness",
    "Graph",
    "Model",
    "Table",
    "compute",
    "export",
    "make",
    "read",
    "write",
]
