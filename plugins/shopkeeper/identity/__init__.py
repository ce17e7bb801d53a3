"""Identity resolution: finds customers from the identifiers by which systems know them.

Better ways to link identifiers are welcome here; reading inputs and writing results belongs to the steps.
"""

from shopkeeper.identity.linking import link_identifiers

__all__ = ["link_identifiers"]
