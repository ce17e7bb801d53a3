"""How keys become words: names, phones, e-mails, addresses, products; and how clerks and keyboards err.

People and products get their words once, as dictionary columns; the rest is DuckDB macros over the words in
``words/``. What is drawn comes from the key, so the same key is the same word everywhere.
"""

from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import yaml

from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.people import People
from shopkeeper.demo.omnichannel.randomness import Randomness

WORDS = Path(__file__).with_name("words")
TAILS = ("zh_female", "zh_male", "en_female", "en_male")
LISTS = ("streets_zh", "estates_zh", "streets_en", "mail_zh", "mail_en")
# DuckDB 1.5 may crash on elements of constant lists; parts of constant strings are safe.
PICK = "create macro pick_{name}(key) as split_part('{words}', '|', 1 + (key % {count})::int);"
MACROS = """
    create macro is_told(bits, story) as (bits & story::ubigint) > 0;
    create macro local_time(instant, market) as
        instant at time zone if(market = 'CN', 'Asia/Shanghai', 'Europe/London');
    create macro full_name(given, surname, market) as
        if(market = 'CN', surname || given, given || ' ' || surname);
    create macro traditional(words) as
        translate(words, getvariable('simplified'), getvariable('traditional'));
    create macro full_width(words) as translate(words, '0123456789', '０１２３４５６７８９');
    create macro mistyped_name(given, surname, given_heard, surname_heard, given_short, market, luck) as case
        when market = 'CN' then case luck % 4
            when 0 then surname || given_heard
            when 1 then surname_heard || given
            when 2 then given || surname
            else surname || given || if(luck % 8 < 4, '先生', '女士') end
        when luck % 5 = 0 then given_heard || ' ' || surname_heard
        when luck % 5 = 1 then given_short || ' ' || surname
        when luck % 5 = 2 then surname || ' ' || given
        when luck % 5 = 3 then given[1] || '. ' || surname
        else left(given, 2) || translate(given[3], getvariable('key'), getvariable('near'))
            || substr(given, 4) || ' ' || surname end;
    create macro phone_of(key, market) as if(market = 'CN',
        '1' || (30 + key % 70)::varchar || lpad((key // 97 % 100000000)::varchar, 8, '0'),
        '07' || lpad((key // 97 % 1000000000)::varchar, 9, '0'));
    create macro mistyped_phone(phone, luck) as case luck % 3
        when 0 then left(phone, 5) || translate(phone[6], '0123456789', '8452163079') || substr(phone, 7)
        when 1 then left(phone, 7) || phone[9] || phone[8] || substr(phone, 10)
        else left(phone, 10 - (luck // 3 % 2)::int) end;
    create macro masked(phone) as left(phone, 3) || '****' || substr(phone, 8);
    create macro phone_habit(phone, market, luck) as case
        when luck % 10 < 6 then phone
        when market = 'CN' then case luck % 10
            when 6 then '+86' || phone
            when 7 then '86-' || phone
            when 8 then left(phone, 3) || '-' || substr(phone, 4, 4) || '-' || substr(phone, 8)
            else left(phone, 3) || ' ' || substr(phone, 4, 4) || ' ' || substr(phone, 8) end
        when luck % 10 = 6 then '+44' || substr(phone, 2)
        when luck % 10 = 7 then '0044 ' || substr(phone, 2)
        else left(phone, 5) || ' ' || substr(phone, 6) end;
    create macro spelled_phone(phone, market, luck, dirt) as case
        when phone is null then null
        when is_told(dirt, {one_phone}) then if(market = 'CN', '13800138000', '07000000000')
        when is_told(dirt, {masked_phone}) then masked(phone)
        when is_told(dirt, {typing_error_in_phone}) then mistyped_phone(phone, luck)
        when is_told(dirt, {full_width_digits}) then full_width(phone)
        else phone_habit(phone, market, luck) end;
    create macro email_of(key, latin, market) as if(market = 'CN',
        if(key % 2 = 0, (100000000 + key // 2 % 3400000000)::varchar || '@qq.example',
            latin || (1000 + key // 2 % 1000000)::varchar || '@' || pick_mail_zh(key // 64)),
        latin || (key // 3 % 100000)::varchar || '@' || pick_mail_en(key // 64));
    create macro address_of(key, market, city, district) as if(market = 'CN',
        city || district || pick_streets_zh(key) || (1 + key // 18 % 400)::varchar || '号'
            || pick_estates_zh(key // 7200) || (1 + key // 57600 % 30)::varchar || '栋'
            || (101 + key // 1728000 % 2400)::varchar || '室',
        if(key % 3 = 0, 'Flat ' || (1 + key // 3 % 40)::varchar || ', ', '')
            || (1 + key // 120 % 260)::varchar || ' ' || pick_streets_en(key // 31200) || ', '
            || city || ' ' || district || ' ' || (1 + key // 561600 % 9)::varchar
            || chr(65 + (key // 5054400 % 26)::int) || chr(65 + (key // 131414400 % 26)::int));
"""


@cache
def words(name: str) -> dict[str, Any]:
    """Return one file of words."""
    return yaml.safe_load((WORDS / f"{name}.yml").read_text(encoding="utf-8"))


def teach(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the words and the macros over them."""
    names = words("names")
    lists = {name: names[name] for name in LISTS} | {"junk": words("texts")["junk"]}
    lists |= {f"testers_{script}": names["testers"][script] for script in ("zh", "en")}
    for name, told in lists.items():
        connection.execute(PICK.format(name=name, words="|".join(told), count=len(told)))
    letters = {"simplified": names["simplified"], "traditional": names["traditional"]}
    letters |= {"key": names["keys"][0], "near": names["keys"][1]}
    for name, told in letters.items():
        connection.execute(f"set variable {name} = '{told}'")
    connection.execute(MACROS.format(**BIT))


def named_people(people: People, draw: Randomness) -> dict[str, pa.DictionaryArray]:
    """Return ``given``, ``surname`` and ``latin`` (of their e-mails) of people, and how these are misheard.

    Members of a household mostly share a surname; twins always do.
    """
    names = words("names")
    original = np.where(people.twin_of < 0, people.person, people.twin_of)
    keeps = draw.uniform("name/keeps", original) < 0.7
    family = np.where(keeps, draw.uniform("name/household", people.household),
                      draw.uniform("name/own", original))  # fmt: skip
    own = draw.uniform("name/given", draw.bits("person/name", people.person))
    chinese, female = people.market == 0, people.sex == 0
    given = _ranked(own, 2 * ~chinese + ~female, [names[f"given_{tail}"] for tail in TAILS])
    both = [names["surnames_zh"], names["surnames_en"]]
    latin = [names["pinyin"], [name.lower().replace("'", "").replace("-", "") for name in both[1]]]
    surname, heard = _ranked(family, ~chinese + 0, both), _respelt()
    return {
        "given": given, "surname": surname, "latin": _ranked(family, ~chinese + 0, latin),
        "given_heard": pa.DictionaryArray.from_arrays(given.indices, heard["given"]),
        "surname_heard": pa.DictionaryArray.from_arrays(surname.indices, heard["surname"]),
        "given_short": pa.DictionaryArray.from_arrays(given.indices, heard["short"]),
    }  # fmt: skip


def _heard(word: str) -> str:
    """Return what a clerk writes who hears a name: another word that sounds like it, or a letter too many."""
    names = words("names")
    if not word.isascii():
        return word.translate(str.maketrans(dict(names["heard_zh"])))
    return names["heard_en"].get(word, f"{word}e")


@cache
def _respelt() -> dict[str, pa.Array]:
    """Return all given names and surnames as they are misheard or shortened."""
    names = words("names")
    given = [word for tail in TAILS for word in names[f"given_{tail}"]]
    return {
        "given": pa.array([_heard(word) for word in given]),
        "surname": pa.array([_heard(word) for word in names["surnames_zh"] + names["surnames_en"]]),
        "short": pa.array([names["short_en"].get(word, word) for word in given]),
    }


def named_products(products: pa.Table) -> pa.Table:
    """Return products with ``noun_zh``, ``noun_en``, ``name_zh`` and ``name_en``."""
    texts = words("texts")
    nest = products["subcategory"].cast(pa.string()).to_pylist()
    brand = products["brand_id"].to_pylist()
    size = [f"{1 + key % 9}00{'g' if key % 2 else 'ml'}" for key in products["name_key"].to_pylist()]
    for k, script in enumerate(("zh", "en")):
        nouns, brands = [texts["nouns"][name][k] for name in nest], texts["brands"][script]
        full = [
            (" " * k).join((brands[b % len(brands)], noun, amount))
            for b, noun, amount in zip(brand, nouns, size, strict=True)
        ]
        products = products.append_column(f"noun_{script}", pa.array(nouns))
        products = products.append_column(f"name_{script}", pa.array(full))
    return products


def named_cities(cities: pa.Table) -> pa.Table:
    """Return cities with their ``city`` name and one ``district`` in the market's language."""
    names = words("names")
    keys, markets = (
        cities["name_key"].cast(pa.string()).to_pylist(),
        cities["market"].cast(pa.string()).to_pylist(),
    )
    city = [names["cities"][key][market != "CN"] for key, market in zip(keys, markets, strict=True)]
    return cities.append_column("city", pa.array(city)).append_column(
        "district", pa.array([names["districts"][key] for key in keys])
    )


def _ranked(luck: np.ndarray, which: np.ndarray, lists: list[list[str]]) -> pa.DictionaryArray:
    """Return a word of each one's list, the front of a list more often, (n,)."""
    sizes = np.array([len(found) for found in lists])[which]
    return picked(np.floor(sizes * luck**1.7).astype(int), which, lists)


def picked(place: np.ndarray, which: np.ndarray, lists: list[list[str]]) -> pa.DictionaryArray:
    """Return the word at a place (modulo its length) of each one's list, (n,); null where ``which`` is
    negative.
    """
    sizes = np.array([len(found) for found in lists])
    starts = np.cumsum(sizes) - sizes
    found = starts[which] + (place % sizes[which].astype(place.dtype)).astype(int)
    codes = pa.array(found.astype(np.int16), mask=which < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array([word for told in lists for word in told]))
