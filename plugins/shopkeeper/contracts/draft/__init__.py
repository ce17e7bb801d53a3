"""A first draft of a source from a sample of it: contract, staging model, and what a person must decide.

It proposes only what the strict casts read without a fault; a guess of another kind is marked as one.
"""

from shopkeeper.contracts.draft.drafting import Draft, draft_source

__all__ = ["Draft", "draft_source"]
