"""Comments, reviews, surveys, tickets, calls; weather, holidays, market reports: what is said."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.demo.omnichannel.files.export import Export, columns, lines, packed
from shopkeeper.demo.omnichannel.files.spelling import picked, words
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.tables.voice import ASPECTS

# A text is an opening, what it is about, a clause for each aspect in its mood, a contact, an ending. Its
# words come from its key; a sarcastic one praises what it hates.
SAID = """
    create or replace temp table said as
    with worded as (
        select texts.*, template_key::hugeint as key, full_name(given, surname, market) as name,
            phone_of(if(is_spam, template_key, own_phone_key), market) as phone,
            coalesce(junk, opening || coalesce(if(texts.language = 'en', 'the ' || noun_en || ': ',
                '这个' || noun_zh || '，'), '') || concat_ws(if(texts.language = 'en', ', ', '，'),
                clause_1, clause_2, clause_3) || if(has_contact, contact, '') || ending) as template
        from texts
    ),
    filled as (
        select *, if(contains(template, '{'), replace(replace(replace(replace(replace(replace(template,
            '{phone}', phone_habit(phone, market, luck)),
            '{email}', email_of(own_phone_key, latin, market)), '{name}', name),
            '{address}', address_of(own_phone_key, market, city, district)), '{junk}', pick_junk(key)),
            '{code}', (key % 10000000)::varchar), template) as words
        from worded
    )
    select * exclude (words), if(language = 'zh-Hant', traditional(words), words) as body from filled
"""
TICKETS = f"""
    select {
    packed(
        "ticket_id",
        "customer_no := ref(account_id)",
        "channel",
        "reason",
        "order_id",
        "receipt_id",
        "opened_at",
        "caller := phone_habit(phone, market, luck)",
        "status := if(closed_at < getvariable('tomorrow'), 'closed', 'open')",
        "closed_at := if(closed_at < getvariable('tomorrow'), closed_at, null)",
    )
}, row_id, dirt
    from (select *, phone_of(phone_key, market) as phone from tickets) order by ticket_id, dirt
"""
TEXT = ("text_id", "account := ref(account_id)", "written_at", "language")
LAGGING = "(getvariable('is_migrated') and not getvariable('is_settled') and not getvariable('is_second'))"
SURVEYS = f"""
    select survey_id, kind, if(getvariable('is_second'), second_number(account_id),
        number_of(account_id, getvariable('is_settled'))) as customer_no, order_id, receipt_id,
        sent_at, answered_at, score, row_id, dirt | if({LAGGING}, {BIT["migration"]}, 0)::ubigint as dirt
    from surveys order by survey_id, dirt
"""
VOICES = [
    Export("social/comments_{day}.jsonl", "texts", "jsonl",
           f"select {packed(*TEXT, 'product_id', 'body')}, row_id, dirt from said where kind = 'comment'",
           "events", ("texts",)),
    Export("reviews/reviews_{day}.jsonl", "texts", "jsonl",
           f"select {packed(*TEXT, 'product_id', 'order_id', 'rating', 'body')}, row_id, dirt from said "
           "where kind = 'review'", "events", ("texts",)),
    Export("service/messages_{day}.jsonl", "texts", "jsonl",
           f"select {packed(*TEXT, 'kind', 'ticket_id := reference_id', 'body')}, row_id, dirt from said "
           "where kind in ('ticket', 'call')", "events", ("texts",)),
    Export("surveys/comments_{day}.csv", "texts", "csv",
           "select reference_id as survey_id, written_at, language, body as comment, row_id, dirt from said "
           "where kind = 'survey'", "events", ("texts",), delimiter=";"),
    lines("social/reactions_{day}.jsonl", "reactions", "events", "text_id", "counted_at", "like_count",
          "share_count"),
    Export("surveys/surveys_{day}.csv", "surveys", "csv", SURVEYS, "events", ("surveys",), delimiter=";"),
    Export("service/tickets_{day}.jsonl", "tickets", "jsonl", TICKETS, "upserts (again when closed)",
           ("tickets",)),
    columns("surroundings/weather_{day}.csv", "weather", "csv", "events", "* exclude (row_id, dirt, luck)"),
    columns("surroundings/holidays_{day}.csv", "holidays", "csv", "snapshot, a year ahead",
            "* exclude (row_id, dirt, luck)"),
    columns("surroundings/cities_{day}.csv", "cities", "csv", "snapshot", "* exclude (row_id, dirt, luck)"),
    columns("surroundings/market_report_{month}.csv", "market_reports", "csv", "events",
            "* exclude (row_id, dirt, luck)"),
    columns("surroundings/competitor_prices_{day}.csv", "competitor_prices", "csv", "events",
            "* exclude (row_id, dirt, luck)"),
]  # fmt: skip


def worded(texts: pa.Table, products: pa.Table, sarcasm_rate: float) -> pa.Table:
    """Return texts with the pieces of which `SAID` makes their body; ``junk`` is null but for spam, nouns
    where there is no product.
    """
    told = words("texts")
    key = texts["template_key"].to_numpy()
    english = (np.asarray(texts["language"].cast(pa.string())) == "en").astype(int)
    spam = np.asarray(texts["is_spam"])
    sarcastic = (texts["sentiment"].to_numpy() < -0.2) & (key % np.uint64(1000) < sarcasm_rate * 1000) & ~spam
    spoken = [told[kind][script] for kind in ("openings", "sarcasm") for script in ("zh", "en")]
    columns = {
        **{noun: products[noun].take(texts["product_id"]) for noun in ("noun_zh", "noun_en")},
        "junk": picked(key >> np.uint64(3), np.where(spam, english, -1), _both(told["spam"])),
        "opening": picked(key >> np.uint64(11), english + 2 * sarcastic, spoken),
        "contact": picked(key >> np.uint64(19), english, _both(told["contacts"])),
        "ending": picked(key >> np.uint64(27), english, _both(told["endings"])),
    }
    lists = [
        told[mood][script][aspect]
        for script in ("zh", "en")
        for mood in ("bad", "good")
        for aspect in ASPECTS
    ]
    found, felt = texts["aspects"].combine_chunks(), texts["aspect_sentiments"].combine_chunks()
    row = np.asarray(pc.list_parent_indices(found))
    nth = np.arange(len(row)) - np.searchsorted(row, row)
    aspect = pc.index_in(found.flatten().cast(pa.string()), pa.array(ASPECTS)).to_numpy()
    good = (felt.flatten().to_numpy() >= 0) | sarcastic[row]
    which = np.full((len(texts), 3), -1)
    which[row, nth] = (2 * english[row] + good) * len(ASPECTS) + aspect
    for n in range(3):
        columns[f"clause_{n + 1}"] = picked(key >> np.uint64(31 + 5 * n), which[:, n], lists)
    for name, column in columns.items():
        texts = texts.append_column(name, column)
    return texts


def _both(told: dict[str, list[str]]) -> list[list[str]]:
    return [told["zh"], told["en"]]
