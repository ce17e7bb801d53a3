"""The words of pages for people in two languages: English in the code, Chinese in `words.yaml`.

What contracts describe is not repeated there: they carry both languages themselves. What a page shows is no
matter of this room.
"""

from shopkeeper.words.speech import Language, chinese, feature, period, phrase, reason, said, say, spoken

__all__ = ["Language", "chinese", "feature", "period", "phrase", "reason", "said", "say", "spoken"]
