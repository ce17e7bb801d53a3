"""Drafts a source from a sample file: contract, staging model, and the questions that a person must decide.

Proposes only what the strict casts read without a fault; marks any other guess.
"""

from shopkeeper.contracts.draft.drafting import Draft, draft_source

__all__ = ["Draft", "draft_source"]
