"""Pages for the business: a folder of queries, a chart, a template and its limits makes a page.

The console shows them with filters; `write` puts the same chart and tables into a version's documents. What a
page may show to whom is the console's.
"""

from shopkeeper.pages.folder import CHOICES, MOST, SPOKEN, Folder, Statement, chart_of, folders
from shopkeeper.pages.measures import currency_of, label, measured, moved
from shopkeeper.pages.static import write

__all__ = [
    "CHOICES",
    "MOST",
    "SPOKEN",
    "Folder",
    "Statement",
    "chart_of",
    "currency_of",
    "folders",
    "label",
    "measured",
    "moved",
    "write",
]
