"""Standard forms of phones, names, addresses, dates and units: pure functions from text to Arrow tables.

`redact_texts` takes the identifiers of persons out of free text, `redact_urls` out of URLs. Add a kind of
value as a module with one `standardize_<kind>`; files, tokens and steps do not belong here.
"""

from shopkeeper.standardize.addresses import standardize_addresses
from shopkeeper.standardize.birth_dates import standardize_birth_dates
from shopkeeper.standardize.categories import standardize_categories
from shopkeeper.standardize.columns import open_pool
from shopkeeper.standardize.currencies import standardize_currencies
from shopkeeper.standardize.emails import standardize_emails
from shopkeeper.standardize.free_text import redact_texts
from shopkeeper.standardize.genders import standardize_genders
from shopkeeper.standardize.identity_cards import standardize_identity_cards
from shopkeeper.standardize.measures import standardize_measures
from shopkeeper.standardize.moments import standardize_moments
from shopkeeper.standardize.names import standardize_names
from shopkeeper.standardize.phones import standardize_phones
from shopkeeper.standardize.postcodes import standardize_postcodes
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.urls import redact_urls

__all__ = [
    "Reason",
    "open_pool",
    "redact_texts",
    "redact_urls",
    "standardize_addresses",
    "standardize_birth_dates",
    "standardize_categories",
    "standardize_currencies",
    "standardize_emails",
    "standardize_genders",
    "standardize_identity_cards",
    "standardize_measures",
    "standardize_moments",
    "standardize_names",
    "standardize_phones",
    "standardize_postcodes",
]
