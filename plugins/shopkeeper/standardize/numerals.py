"""Chinese numerals: digits in a row (一九八五) and counted (二十三).

Only whole numbers below ten thousand; 半 and units belong to their readers.
"""

_DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
    "元": 1,
}
_TENS = {"十": 10, "百": 100, "千": 1000}

LETTERS = "零〇○一二两三四五六七八九十百千"


def read_numeral(text: str) -> int | None:
    """Return a number in ASCII digits or Chinese numerals, or `None`."""
    if text.isascii():
        return int(text) if text.isdigit() else None
    if not any(letter in _TENS for letter in text):
        digits = [_DIGITS.get(letter) for letter in text]
        return None if None in digits else int("".join(map(str, digits)))
    total, digit = 0, None
    for letter in text:
        if letter in _TENS:
            total += (1 if digit is None else digit) * _TENS[letter]
            digit = None
        elif letter in _DIGITS and digit in (None, 0):
            digit = _DIGITS[letter]
        else:
            return None
    return total + (digit or 0)
