"""Why a value has no standard form; `docs/standardize.md` explains each reason by example.

A reason says what is wrong with the value and never quotes it.
"""

from enum import StrEnum


class Reason(StrEnum):
    """One word for each way in which a value cannot be standardised."""

    EMPTY = "EMPTY"
    PLACEHOLDER = "PLACEHOLDER"
    MASKED = "MASKED"
    INCOMPLETE = "INCOMPLETE"
    MALFORMED = "MALFORMED"
    IMPOSSIBLE = "IMPOSSIBLE"
    CHECKSUM = "CHECKSUM"
    AMBIGUOUS = "AMBIGUOUS"
    CONTRADICTORY = "CONTRADICTORY"
    SEVERAL = "SEVERAL"
    UNKNOWN = "UNKNOWN"
    FUTURE = "FUTURE"
    TOO_OLD = "TOO_OLD"
    LUNAR = "LUNAR"
    NOT_A_PERSON = "NOT_A_PERSON"
    MIXED_SCRIPTS = "MIXED_SCRIPTS"
    FAILED = "FAILED"
