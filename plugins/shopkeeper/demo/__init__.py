"""Real, freely licensed retail data, dropped into an inbox like the exports of a retailer's systems.

Each data set is one module with one `drop`. Nothing else in the project may know that its data is a demo.
"""

from shopkeeper.demo import complete_journey

__all__ = ["complete_journey"]
