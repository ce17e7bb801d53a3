"""Finds e-mail addresses, phones, chat accounts, identity and bank numbers in free text.

The text is folded: normal width, simplified script, one character for each of the original. A number after
the word for an order, an item or a parcel is that number and stays.
"""

import re
from collections.abc import Iterator

import phonenumbers

from shopkeeper.standardize.identity_cards import check_digit
from shopkeeper.standardize.spans import Span

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63} ?@ ?"
    r"(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:qq|163|126|gmail|hotmail|"
    r"outlook|yahoo|foxmail|icloud)(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63} ?(?: at |[(\[] ?at ?[)\]]|"
    r"#) ?[A-Za-z0-9-]{2,30}"
    r"(?: ?(?: dot |[(\[] ?dot ?[)\]]|\.) ?(?:com|net|org|cn|co|uk|edu)){1,2}(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_MAY_HOLD_EMAIL = re.compile(r"@|#[A-Za-z0-9-]+\.|\bdot\b|\Wat\W.{2,40}\.", re.IGNORECASE | re.ASCII)
_MAY_HOLD_ACCOUNT = re.compile(
    "[微威薇卫]|扣扣|[vw]x|wechat|we chat|weixin|qq|v信|加q", re.IGNORECASE | re.ASCII
)
_RUN = re.compile(r"\d(?:[ ()./\u2010-\u2015\u2212-]{0,3}\d){5,}")
_FEWEST, _FEWEST_OF_PHONE, _FEWEST_OF_CARD, _FEWEST_OF_IDENTITY = 6, 7, 12, 15
"""Digits of a number that can be an identifier."""
_OTHER_NUMBER = re.compile(
    r"(?:订单|单号|运单|快递|物流|编号|货号|款号|批次|批号|序列|条码|条形码|流水|证书|商品|型号|尾号|券码|发票|验证码|防伪码|取件码"
    r"|\b(?:sku|orders?|tracking|parcel|ref(?:erence)?|item|serial|batch|invoice|receipt|"
    r"voucher|code|coupon|barcode|model|product|article|ticket|case|transaction|consignment|"
    r"isbn|ean|lot))"
    r"[\s.]*(?:numbers?|no\b\.?|nr\b\.?|id|ref(?:erence)?|code|号码|号|编号|单号|码)?\s*(?:is|"
    r"was|[是为])?\s*[:#]?\s*[A-Z]{0,4}[#-]?$",
    re.IGNORECASE | re.ASCII,
)
_PHONE_WORD = re.compile(
    r"(?:电话|手机|座机|固话|号码|联系方式|热线|致电|来电|回电|拨打|打|传真|\b(?:tel|telephone|phone|mobile|mob|"
    r"cell|call|ring|text|fax|whatsapp)\b)"
    r"[号码]{0,2}\s*(?:numbers?|no\b\.?|me|us|back|on|at|is|[是为给我:.\s]){0,16}$",
    re.IGNORECASE | re.ASCII,
)
_CARD_WORD = re.compile(
    r"(?:卡号|银行卡|储蓄卡|信用卡|借记卡|[工农建中招交]行卡?|账号|帐号|账户|帐户|\bcards?|\baccount|\ba/c|\biban)"
    r"[号码]{0,2}\s*(?:numbers?|no\b\.?|is|ending|[是为:.#\s]){0,10}$",
    re.IGNORECASE | re.ASCII,
)
_ID_WORD = re.compile(
    r"(?:身份证|证件|护照|\bID\b|passport)[号码件]{0,3}\s*(?:card|numbers?|no\b\.?|is|[是为:.#\s]){0,10}$",
    re.IGNORECASE | re.ASCII,
)

_EIGHTEEN = re.compile(r"(?<![\dA-Za-z])\d{6}[ -]?(?:\d{8}|\d{4} ?\d{4})[ -]?\d{3}[\dXx](?![\dA-Za-z])")
_BIRTH = re.compile(r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MAY_HOLD_PASSPORT = re.compile(r"证|护照|ID|passport", re.IGNORECASE)
_PASSPORT = re.compile(r"(?<![\dA-Za-z])(?:\d{15}|[A-Za-z]{1,2}\d{7,8}|\d{9})(?![\dA-Za-z])")
_INSURANCE = re.compile(
    r"(?<![\dA-Za-z])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r" ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![\dA-Za-z])",
    re.IGNORECASE | re.ASCII,
)
_HONG_KONG = re.compile(r"(?<![\dA-Za-z])[A-Z]{1,2}\d{6}\([\dA]\)")
_IBAN = re.compile(r"(?<![\dA-Za-z])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?![\dA-Za-z])")
_SORT_CODE = re.compile(
    r"(?<=sort code)[: ]{1,3}(?:is )?(\d{2}-?\d{2}-?\d{2})(?!\d)", re.IGNORECASE | re.ASCII
)
_ACCOUNT = re.compile(r"(?<![\dA-Za-z-])\d{8}(?![\dA-Za-z-])")
_ACCOUNT_WORD = re.compile(r"account\s*(?:number|no\.?)?[\s:]*(?:is)?\s*$", re.IGNORECASE | re.ASCII)
_CARD = re.compile(r"(?<![\dA-Za-z])\d(?:[ -]?\d){11,18}(?![\dA-Za-z])")
_CARD_STARTS = re.compile(
    r"62\d{14,17}$|4\d{12}(?:\d{3})?$|5[1-5]\d{14}$|2[2-7]\d{14}$|3[47]\d{13}$|6[05]\d{14}$|35\d{14}$"
)

_WECHAT = re.compile(
    r"(?:微信|威信|薇信|卫星号|(?<![A-Za-z])(?:v信|vx|wx|we ?chat|weixin))"
    r"(?P<sure>\s*(?:号码|号|账号|id|name)?\s*(?:is|[是为:])?\s*[:]?\s*)(?:加我?|同号|联系|我|搜)*[\s:]*"
    r"(?P<account>1[3-9]\d{9}|[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9]\d{5,10})(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_WECHAT_BEFORE = re.compile(
    r"(?<![A-Za-z0-9])(?P<account>[A-Za-z][A-Za-z0-9_-]{5,19})\s*[,(]?\s*(?:(?:这|这个)?[是为]我?的?(?:微信|"
    r"vx)|\(?(?:微信|wechat)\)?号?(?!支付|付款|公众|小程序))",
    re.IGNORECASE | re.ASCII,
)
_QQ = re.compile(
    r"(?:(?<![A-Za-z])qq|扣扣|加q)\s*(?:号码|号|群|number|no\.?|id)?\s*(?:is|[是为:])?[\s:]*(?P<account>[1-9]\d{4,10})(?!\d)",
    re.IGNORECASE | re.ASCII,
)

_MOBILE = re.compile(
    r"(?<![\d.])(?:\(?(?:(?:\+|00) ?)?86\)?[ -]?|0)?1[3-9]\d(?:\d{8}|[ .-]{1,3}\d{4}[ .-]{1,3}\d{4}|"
    r"\d[ .-]\d{3}[ .-]\d{4}|[ .-]\d{3}[ .-]\d{5}|\d{1,3}[ .-]\d{4}[ .-]?\d{1,4}(?<=\d{4}))(?!\d)"
)
_NUMBER = re.compile(
    r"(?<![\d.,/])(?<!\d:)(?:\(?\+\(?|\()?\d(?:[ ()./\u2010-\u2015\u2212-]{0,3}\d){6,14}(?!\d)"
)
_UK_MOBILE = re.compile(r"07[1-9]\d{8}")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}(?!\d)|(?<!\d)\d{1,2}([-./])\d{1,2}\1(?:19|"
    r"20)?\d\d(?!\d)"
)
_EXTENSION = re.compile(
    r"\s*[,(]?\s*(?:转|分机号?|ext(?:ension|n)?\.?|#)\s*:?\s*\d{1,6}\)?|-\d{1,5}(?!\d)",
    re.IGNORECASE | re.ASCII,
)


def find_numbers(text: str, region: str) -> Iterator[Span]:
    """Yield what was found in folded text, each kind as soon as it is known; spans may overlap."""
    if _MAY_HOLD_EMAIL.search(text):
        for found in _EMAIL.finditer(text):
            yield found.start(), found.end(), "email"
    if _MAY_HOLD_ACCOUNT.search(text):
        yield from _chat_accounts(text)
    most = max((sum(map(str.isdigit, run)) for run in _RUN.findall(text)), default=0)
    if most < _FEWEST:
        return
    yield from _identity_numbers(text, most)
    yield from _bank_numbers(text, most)
    if most < _FEWEST_OF_PHONE:
        return
    for found in _MOBILE.finditer(text):
        if not _is_other_number(text, found.start()):
            yield _with_extension(text, found.start(), found.end())
    for found in _NUMBER.finditer(text):
        yield from _phones(text, found.start(), found.end(), region)


def _chat_accounts(text: str) -> Iterator[Span]:
    for found in _WECHAT.finditer(text):
        account, sure = found["account"], found["sure"].lower()
        is_word = account.isalpha() and (account.islower() or account.istitle())
        is_said = any(each in sure for each in (":", "号", "id", "是"))
        is_joined = found[0][0] in "微威薇卫" and text[found.start("account") - 1] != " "
        if is_said or is_joined or not is_word:
            yield *found.span("account"), "wechat"
    for found in _WECHAT_BEFORE.finditer(text):
        if not found["account"].isalpha():
            yield *found.span("account"), "wechat"
    for found in _QQ.finditer(text):
        yield *found.span("account"), "qq"


def _identity_numbers(text: str, most: int) -> Iterator[Span]:
    for found in _EIGHTEEN.finditer(text) if most >= _FEWEST_OF_IDENTITY else ():
        number = found[0].replace(" ", "").replace("-", "")
        is_valid = _BIRTH.match(number) and check_digit(number[:17]) == number[17].upper()
        if is_valid or _ID_WORD.search(text, 0, found.start()):
            yield *found.span(), "id"
    for found in _INSURANCE.finditer(text):
        if not _is_other_number(text, found.start()):
            yield *found.span(), "id"
    for found in _HONG_KONG.finditer(text) if "(" in text else ():
        yield *found.span(), "id"
    for found in _PASSPORT.finditer(text) if _MAY_HOLD_PASSPORT.search(text) else ():
        if _ID_WORD.search(text, max(0, found.start() - 30), found.start()):
            yield *found.span(), "id"


def _bank_numbers(text: str, most: int) -> Iterator[Span]:
    for found in _SORT_CODE.finditer(text):
        yield *found.span(1), "bank_card"
    for found in _IBAN.finditer(text) if most >= _FEWEST_OF_CARD else ():
        if _is_iban(found[0].replace(" ", "")):
            yield *found.span(), "bank_card"
    for found in _CARD.finditer(text) if most >= _FEWEST_OF_CARD else ():
        number = found[0].replace(" ", "").replace("-", "")
        is_card = (
            _CARD_STARTS.match(number) and _is_luhn(number) and not _is_other_number(text, found.start())
        )
        if is_card or _CARD_WORD.search(text, max(0, found.start() - 30), found.start()):
            yield *found.span(), "bank_card"
    for found in _ACCOUNT.finditer(text):
        if _ACCOUNT_WORD.search(text, max(0, found.start() - 30), found.start()):
            yield *found.span(), "bank_card"


def _phones(text: str, start: int, end: int, region: str) -> Iterator[Span]:
    written = text[start:end]
    if _DATE.search(written):
        return
    has_word = _PHONE_WORD.search(text, max(0, start - 40), start) is not None
    before = text[start - 1] if start else " "
    if not has_word and (
        (before.isascii() and before.isalnum()) or before in "-_#$¥£€" or _is_other_number(text, start)
    ):
        return
    if end < len(text) and text[end].isascii() and (text[end].isalpha() and text[end] not in "xe"):
        return
    digits = re.sub(r"\D", "", written)
    regions = dict.fromkeys((region, "CN", "GB"))
    if "+" in written or digits.startswith("00"):
        number = digits[2:] if digits.startswith("00") else digits
        is_phone = _is_valid(f"+{number.replace('440', '44', 1) if '(0)' in written else number}", None)
    elif written.lstrip("(").startswith("0") or has_word or re.match(r"[48]00", digits):
        is_phone = _UK_MOBILE.fullmatch(digits) is not None or any(
            _is_valid(digits, each) for each in regions
        )
        is_phone = is_phone or (has_word and len(digits) in (7, 8) and digits[0] not in "01")
    else:
        is_phone = False
    if is_phone:
        yield _with_extension(text, start, end)
    elif " " in written:  # A number next to another: 020 7946 0000 2
        parts = list(re.finditer(r"\S+", written))
        if len(parts) == 2:
            for part in parts:
                if len(part[0]) > 6:
                    yield from _phones(text, start + part.start(), start + part.end(), region)


def _is_valid(number: str, region: str | None) -> bool:
    """Return whether a number exists, or is written with its country and long enough to exist."""
    try:
        parsed = phonenumbers.parse(number, region)
        return phonenumbers.is_valid_number(parsed) or (
            region is None and phonenumbers.is_possible_number(parsed)
        )
    except phonenumbers.NumberParseException:
        return False


def _with_extension(text: str, start: int, end: int) -> Span:
    found = _EXTENSION.match(text, end)
    return start, found.end() if found else end, "phone"


def _is_other_number(text: str, start: int) -> bool:
    return _OTHER_NUMBER.search(text[max(0, start - 30) : start]) is not None


def _is_luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def _is_iban(number: str) -> bool:
    return int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1
