"""E-mail addresses in lower case, without the decoration in which people and systems write them.

The syntax is `email-validator`'s; nothing is looked up in a network, and no typing error is corrected.
"""

import re
from concurrent.futures import Executor

import pyarrow as pa
from email_validator import EmailNotValidError, validate_email

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import words
from shopkeeper.standardize.texts import is_masked, says_nothing

PARTS = pa.schema([("email", pa.string())])

_LABEL = re.compile(r"^(?:mailto|e-?mail|邮箱|电子邮箱|电子邮件)\s*:\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"^[^<>]*<([^<>]+)>$")
_SPACES = re.compile(r"\s*([@.])\s*")
_SEPARATORS = re.compile(r"[;,、|/]|\s")
_NOBODY = frozenset(words()["emails"]["nobody"].split())
_EXAMPLES = frozenset(words()["emails"]["examples"].split())
"""Reserved by RFC 2606, and the one that forms are filled with."""


def standardize_emails(values: Texts, pool: Executor | None = None) -> pa.Table:
    """Return `email` and `reason` of each value; tags (`anna+shop@…`) and dots in the local part are kept."""
    return standardize_column(values, read_email, PARTS, pool)


def read_email(text: str) -> tuple[str] | Reason:
    """Return one address."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    text = _LABEL.sub("", text)
    if bracketed := _BRACKETS.match(text):
        text = bracketed[1]
    text = _SPACES.sub(r"\1", text.replace("。", ".")).strip().rstrip(".;,").strip("'\"").strip()
    if text.count("@") > 1 and _SEPARATORS.search(text):
        return Reason.SEVERAL
    if is_masked(text):
        return Reason.MASKED
    local, at, domain = text.partition("@")
    if not at:
        return Reason.MALFORMED
    if not local or not domain:
        return Reason.INCOMPLETE
    if local.casefold() in _NOBODY or domain.casefold() in _EXAMPLES:
        return Reason.PLACEHOLDER
    try:
        found = validate_email(text.lower(), check_deliverability=False).normalized
        return (
            found
            if found.islower()
            else validate_email(found.lower(), check_deliverability=False).normalized,
        )
    except EmailNotValidError:
        return Reason.INCOMPLETE if "." not in domain else Reason.MALFORMED
