"""Which canonical status a word of a retailer's means, in the languages of the trade, and his channels."""

import re
from collections.abc import Collection

_CHANNELS = ("store", "web", "app", "mini_program", "phone", "marketplace")
_STATUSES = {
    "cancelled": r"cancel|void|expired|failed|refus|abandon|storn|annul|^(fully[ _])?refunded$|^returned$"
    r"|取消|关闭|已退款|キャンセル",
    "completed": r"complet|deliver|fulfil|closed|done|received|abgeschlossen|zugestellt|entreg|livré"
    r"|完成|成功|签收|完了",
    "shipped": r"ship|sent|dispatch|transit|vers(and|end|chick)|envia|expédi|已发货|待收货|配送中|発送",
    "paid": r"paid|payed|processing|confirm|approved|aprovado|pag(o|ado)$|payé|bezahlt"
    r"|待发货|已付|制作中|支払済",
    "placed": r".*",
}


def status_of(value: str) -> str:
    """Return the status that a value most likely means; `placed` where no word is known."""
    is_negated = re.match(r"(un|not[ _-]|pending|awaiting|to_be|待付)", value.lower())
    return (
        "placed"
        if is_negated
        else next(s for s, words in _STATUSES.items() if re.search(words, value.lower()))
    )


def asked_of_channels(values: Collection[str]) -> str:
    """Return the question about channels of other names than the canonical ones, for a line of SQL."""
    if values and {*values} <= {*_CHANNELS}:
        return ""
    return f"-- DECIDE: which of {', '.join(_CHANNELS)} does each mean?\n        "
