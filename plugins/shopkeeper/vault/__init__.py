"""Keys, what they seal, and tokens in place of identifiers; the only room that knows a key.

Ask here to hash, seal, open or forget a value of a person. What is an identifier, the contracts say; who
may look is for the callers to ask, why they look is kept.
"""

from shopkeeper.vault.access_log import Access
from shopkeeper.vault.backing_up import copied_keys, is_key_configured, vault_id
from shopkeeper.vault.master import VARIABLE as KEY_VARIABLE
from shopkeeper.vault.opened import Vault, has_vault, open_vault
from shopkeeper.vault.redaction import names_person, redact, redact_name, redact_urls
from shopkeeper.vault.standard_texts import KINDS
from shopkeeper.vault.status import Status, read_status
from shopkeeper.vault.tokens import TokenKey, is_token, persons_of, tokenize

__all__ = [
    "KEY_VARIABLE",
    "KINDS",
    "Access",
    "Status",
    "TokenKey",
    "Vault",
    "copied_keys",
    "has_vault",
    "is_key_configured",
    "is_token",
    "names_person",
    "open_vault",
    "persons_of",
    "read_status",
    "redact",
    "redact_name",
    "redact_urls",
    "tokenize",
    "vault_id",
]
