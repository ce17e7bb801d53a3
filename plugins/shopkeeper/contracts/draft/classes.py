"""Classifies a column's values: a person's e-mail address, phone number or name, or not personal.

Guesses from the column's name and, through well-kept libraries, from its values.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from shopkeeper.contracts.contract import Classification, IdentifierKind

_MOST = 200
_SHARE = 0.9
_DIRECT = re.compile(
    r"e_?mail|邮箱|phone|mobile|\btel\b|telephone|fax|手机|电话|first_?name|last_?name|full_?name|surname|given_?name"
    r"|(customer|buyer|billing|shipping|contact|recipient|receiver|user|client)_(user_?)?name|姓名|收货人|提货人|昵称|nick"
    r"|vorname|nachname|anschrift|adresse|stra(ss|ß)e|telefon|handy|prénom|apellido|teléfono|dirección|correo|courriel"
    r"|street|address(?!_id)|详细.*地址|地址|住所|氏名|お名前|電話|endere(c|ç)o|passport|身份证|national_id|\bssn\b|iban|card_number|ip_address|\bip\b"
)
_PERSONAL = re.compile(
    r"customer|kunde|mitglied|cliente|member|buyer|client|user|household|device|cookie|visitor|loyalty|会员|買|买家|顾客|顧客|会員|客户"
    r"|birth|gender|\bsex\b|性别|生日|zip|postal|post_?code|\bplz\b|\bcep\b|邮编|郵便|company|\bvat\b|latitude|longitude|\bnotes?\b|备注|留言|comm?ent"
)
_URL = re.compile(
    r"(^|_)(ur[il]|referr?er|referring_site|landing_(page|site)|page_location|href)$|网址|链接|来源页|落地页"
)
_PICTURE = re.compile("image|img|photo|picture|thumb|logo|icon|图")
_LOOKS_LIKE_URL = re.compile(r"https?://\S+|/\S*\?\S+=\S*", re.IGNORECASE)
_KINDS: dict[IdentifierKind, re.Pattern[str]] = {
    "email": re.compile("e.?mail|邮箱|correo|courriel"),
    "phone": re.compile(r"phone|mobile|\btel\b|fax|手机|电话|telefon|handy|teléfono|電話"),
    "identity_card": re.compile("身份证"),
    "address": re.compile(r"street|address|地址|住所|anschrift|adresse|stra(ss|ß)e|dirección|endere(c|ç)o"),
    "name": re.compile("name$|姓名|收货人|提货人|prénom|apellido|氏名|お名前"),
}
_IDENTIFIER = re.compile(
    r"(^|_)(id|ids|no|nr|num|number|code|codigo|sku|ean|upc|isbn|gtin|asin|key|ref|reference|uuid|guid|token)$|^(id|cod)_"
    r"|(nr|nummer)$|编号|编码|单号|流水号|号$|コード$|(?<=[a-z])Id$|barcode|条码"
)


def plain_name(name: str) -> str:
    """Return a column's name in lower case with underscores: `billingName` → `billing_name`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^\w]+", "_", spaced).strip("_").lower()


def is_identifier(name: str) -> bool:
    """Whether a column is named like an identifier."""
    return _IDENTIFIER.search(plain_name(name)) is not None


def class_of(
    name: str, texts: Sequence[str], zone: str, of_person: bool
) -> tuple[Classification, str | None]:
    """Return the class of a column, and what its values were recognised as if that decided.

    `of_person`: the table describes persons, so a column called just `name` holds personal names.
    """
    plain, some = plain_name(name), texts[:_MOST]
    plain = f"customer_{plain}" if of_person and plain == "name" else plain
    if _share(some, _is_email) >= _SHARE:
        return "direct_identifier", "e-mail addresses"
    is_called_id = is_identifier(name) and not _DIRECT.search(plain)
    if not is_called_id and _share(some, lambda text: _is_phone(text, zone)) >= _SHARE:
        return "direct_identifier", "phone numbers"
    if _DIRECT.search(plain):
        return "direct_identifier", None
    return ("personal" if _PERSONAL.search(plain) else "internal"), None


def is_url(name: str, texts: Sequence[str]) -> bool:
    """Whether a column holds addresses of pages that somebody visited; those of pictures name nobody."""
    plain, some = plain_name(name), texts[:_MOST]
    if _PICTURE.search(plain):
        return False
    if _URL.search(plain):
        return not some or _share(some, lambda text: "/" in text) >= _SHARE / 2
    return _share(some, lambda text: _LOOKS_LIKE_URL.fullmatch(text) is not None) >= _SHARE


def kind_of(name: str, taken_for: str | None) -> IdentifierKind:
    """Return how a direct identifier is brought into its standard form, by what `class_of` took it for, and
    by its name.
    """
    plain = taken_for or plain_name(name)
    return next((kind for kind, named in _KINDS.items() if named.search(plain)), "text")


def _share(texts: Sequence[str], is_one: object) -> float:
    return sum(map(is_one, texts)) / len(texts) if texts else 0.0  # type: ignore[call-overload]


def _is_email(text: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    if "@" not in text:
        return False
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _is_phone(text: str, zone: str) -> bool:
    """Whether a text is a complete phone number of the shop's country, or one with a country code."""
    import phonenumbers

    digits = sum(character.isdigit() for character in text)
    if (
        not 7 <= digits <= 15
        or re.search(r"[^0-9+()./ -]", text)
        or re.fullmatch(r"[0-9]+[.-][0-9]{1,2}", text)
    ):
        return False
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", text):
        return False
    for region in ("ZZ",) if text.startswith("+") else _regions(zone):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


@lru_cache
def _regions(zone: str) -> tuple[str, ...]:
    import phonenumbers
    from phonenumbers import timezone

    found = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number(region)
        if example is not None and zone in timezone.time_zones_for_number(example):
            found.append(region)
    return tuple(found)
