"""Who is who: customers from the identifiers that systems know them by.

A better way to link identifiers is welcome; reading inputs and writing results belongs to the steps.
"""

from shopkeeper.identity.linking import link_identifiers

__all__ = ["link_identifiers"]
