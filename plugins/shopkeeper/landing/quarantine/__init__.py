"""What was refused: listing it, showing it without personal values, correcting it and judging it again.

Nothing that was kept is ever altered.
"""

from shopkeeper.landing.quarantine.listing import masked, refusals, show
from shopkeeper.landing.quarantine.replay import replay

__all__ = ["masked", "refusals", "replay", "show"]
