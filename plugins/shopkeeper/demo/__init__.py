"""Real, freely licensed retail data, dropped into an inbox as the retailer's systems would drop it.

Each data set is one module with one ``drop``. Nothing else in the project may know that its data is a demo.
"""

from shopkeeper.demo import complete_journey

__all__ = ["complete_journey"]
