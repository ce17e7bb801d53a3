"""Templates to HTML: values are escaped, numbers and dates written for people, words in their language.

Nothing is asked of the data here.
"""

import hashlib
import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from shopkeeper import warehouse, words
from shopkeeper.console.actions import may_record
from shopkeeper.console.commands import command_for
from shopkeeper.errors import UserError
from shopkeeper.paths import PAGES, ConsolePaths, Home
from shopkeeper.retailers import retailer
from shopkeeper.sentences import restored
from shopkeeper.terminal import visible

PREFIX = "/shopkeeper"
NOTHING = "–"
GUIDE = re.compile(r"docs/((?:runbooks/)?[\w-]+\.md)")
NOTHING_SEEN: dict[str, Any] = {"version": None, "as_of_date": None}
RIGHT_TO_LEFT_FIELD = re.compile(r"([^,;|\t]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff][^,;|\t]*)")
"""A field with a letter that is written from right to left: it would take the digits beside it along."""

COOKIE = "shopkeeper_language"


@lru_cache(maxsize=1)
def _templates() -> Environment:
    folders = [ConsolePaths().templates, PAGES]
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "size": size, "moment": moment, "value": value, "change": change}
    made.filters |= {"share": share, "breakable": breakable, "isolated": isolated}
    made.filters |= {"linked": linked, "lines": lines}
    made.filters["spoken"] = lambda content, language: words.spoken(language, value(content))
    made.policies["json.dumps_kwargs"] = {"default": _plain, "sort_keys": False}
    return made


def compile_templates() -> None:
    """Compile every template, so that no page waits for it."""
    for name in _templates().list_templates(extensions=["html"]):
        _templates().get_template(name)


def page(request: Request, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
    """Return a page; it is never kept by a cache, since it may show more to one user than to another."""
    home: Home = request.app.state.home
    language = language_of(request)
    user = getattr(request.state, "caller", None)
    text = (
        _templates()
        .get_template(template)
        .render(
            _=partial(words.say, language),
            phrase=partial(words.phrase, language),
            feature=partial(words.feature, language),
            period=partial(words.period, language),
            reason=partial(words.reason, language),
            said=partial(words.said, language),
            told_of=partial(_told_of, language),
            language=language,
            prefix=PREFIX,
            static=f"{PREFIX}/static/{static_digest()}",
            retailer=retailer().name,
            user=user,
            may_write=may_record(home),
            command=partial(command_for, user.name if user else ""),
            here=request.url.path,
            seen=_seen(home, facts.get("version")) if hasattr(request.state, "caller") else NOTHING_SEEN,
            **facts,
        )
    )
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


def language_of(request: Request) -> words.Language:
    """Return the language that Airflow's UI has, which the page keeps in a cookie; else the browser's."""
    chosen = request.cookies.get(COOKIE) or request.headers.get("accept-language", "en")
    return "zh" if chosen.lower().startswith("zh") else "en"


def _told_of(language: words.Language, facts: dict[str, Any], name: str) -> str:
    """Return a fact of a step that is a sentence, in a language."""
    return words.said(language, restored(facts[name], facts.get("said", {}).get(name)))


@lru_cache(maxsize=1)
def static_digest() -> str:
    """Return a digest of the static files, which is part of their address: they never change under it."""
    digest = hashlib.sha256()
    for file in sorted(ConsolePaths().static.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _seen(home: Home, version: str | None) -> dict[str, Any]:
    """Return a page's version, else the one that readers see, and its as-of date, for the page's head."""
    try:
        told = warehouse.manifest(home, version)
    except UserError:
        return NOTHING_SEEN
    return {"version": told["version"], "as_of_date": told["as_of_date"]}


def number(amount: Any, places: int | None = None) -> str:
    """Return a number with its thousands apart."""
    if amount is None:
        return NOTHING
    if places is None and isinstance(amount, Decimal) and amount.as_tuple().exponent == -2:
        places = 2  # Money, also where it has no cents.
    if places is None:
        places = 0 if isinstance(amount, int) or amount == int(amount) else 2
    return f"{amount:,.{places}f}"


def share(after: Any, before: Any) -> str:
    """Return by how much of itself a number has changed, in percent; nothing where there is no such share."""
    if after is None or not before:
        return ""
    rate = (after - before) / abs(before) * 100
    return f"{'+' if rate > 0 else '−'}{abs(rate):,.1f} %"


def breakable(name: object) -> Markup:
    """Return a name of code that may break after an underscore, not within a word."""
    return escape(name).replace("_", Markup("_<wbr>"))


def linked(content: object) -> Markup:
    """Return a text in which each guide that it names is a link to it."""
    link = f'<a href="{PREFIX}/guides/\\1">\\g<0></a>'
    return Markup(GUIDE.sub(link, str(escape(value(content)))))


def lines(text: object) -> Markup:
    """Return a text of several lines as such, all of each visible, guides as links."""
    return Markup("<br>").join(linked(line) for line in str(text).splitlines())


def isolated(record: object) -> Markup:
    """Return a record whose fields keep their places, whatever the direction of their letters."""
    parts = RIGHT_TO_LEFT_FIELD.split(str(record))
    return Markup("").join(
        Markup("<bdi>{}</bdi>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def size(byte_count: int | None) -> str:
    """Return a size in bytes for people."""
    amount = float(byte_count or 0)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def moment(at: str | datetime | None) -> str:
    """Return an instant to the minute, in UTC."""
    return NOTHING if at is None else str(at)[:16].replace("T", " ")


def change(after: Any, before: Any, places: int | None = None) -> str:
    """Return how much a number has changed, with its sign; nothing if there is nothing to compare."""
    if after is None or before is None:
        return ""
    moved = after - before
    return "±0" if not moved else ("+" if moved > 0 else "−") + number(abs(moved), places)


def value(content: Any) -> str:
    """Return a value of any type as text that shows all of itself."""
    if content is None:
        return ""
    if isinstance(content, bool):
        return "✓" if content else "✗"
    if isinstance(content, int | float | Decimal):
        return number(content)
    return visible(content)


def _plain(content: Any) -> Any:
    if isinstance(content, Decimal):
        return float(content)
    if isinstance(content, date):
        return content.isoformat()
    return str(content)
