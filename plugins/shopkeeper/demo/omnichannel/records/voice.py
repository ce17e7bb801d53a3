"""What is said: reviews, comments, tickets, surveys; and how it is felt, which the words only hint at."""

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.members import CRM, SOCIAL
from shopkeeper.demo.omnichannel.people.persons import logistic
from shopkeeper.demo.omnichannel.records import keys
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.retailers import account_id
from shopkeeper.demo.omnichannel.records.sales import Sold, phone_of
from shopkeeper.demo.omnichannel.records.screens import Shown
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill, known
from shopkeeper.demo.omnichannel.tables.voice import ASPECTS

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
HONG_KONG = 7
REVIEW, COMMENT, TICKET, CALL, SURVEY = "review", "comment", "ticket", "call", "survey"
REASONS = ("delivery", "stock", "refund", "quality", "points", "account")
PRICE, QUALITY, DELIVERY, SERVICE, FIT, PACKAGING, RANGE = range(7)


def record_voice(moment: Moment, shown: Shown, sold: Sold) -> None:
    """Add or schedule everything that is said about today."""
    _reviews(moment, shown, sold)
    _tickets(moment, sold)
    _surveys(moment, sold)
    _comments(moment)


def _text(
    moment: Moment, kind: str, text_id: np.ndarray, row: np.ndarray, account: np.ndarray, at: np.ndarray,
    feelings: np.ndarray, sentiment: np.ndarray, **more: object,
) -> pa.Table:  # fmt: skip
    """Return `texts`; ``feelings`` (texts, aspects) are turned into the one to three loudest aspects."""
    draw, people = moment.retailer.draw, moment.people
    count, person = len(text_id), people.person[row]
    loud = np.argsort(-np.abs(feelings), axis=1)[:, :3]
    values = np.take_along_axis(feelings, loud, axis=1)
    wanted = 1 + (3 * draw.uniform("text/aspects", text_id)).astype(int)
    keep = (np.arange(3) < wanted[:, None]) & ((np.abs(values) > 0.15) | (np.arange(3) == 0))
    offsets = pa.array(np.r_[0, np.cumsum(keep.sum(axis=1))].astype(np.int32))
    names = pa.DictionaryArray.from_arrays(pa.array(loud[keep].astype(np.int16)), pa.array(ASPECTS))
    abroad = draw.uniform("text/language", person) < 0.04
    language = np.where(people.market[row] == 0, np.where(moment.state.city[row] == HONG_KONG, 1, 0), 2)
    language = np.where(abroad, np.where(people.market[row] == 0, 2, 0), language)
    contact_rate = {REVIEW: 0.01, COMMENT: 0.02, TICKET: 0.35, CALL: 0.45, SURVEY: 0.04}[kind]
    filled: dict[str, object] = {"product_id": None, "order_id": None, "receipt_id": None,
    "reference_id": None,
                                 "rating": None, "is_spam": False} | more  # fmt: skip
    return fill(
        TABLES["texts"], count, text_id=text_id, kind=kind, person_id=person, account_id=known(account),
        written_at=at,
        language=Codes(language, LANGUAGES), sentiment=np.clip(sentiment, -1, 1),
        aspects=pa.ListArray.from_arrays(offsets, names),
        aspect_sentiments=pa.ListArray.from_arrays(
            offsets, pa.array(np.clip(values[keep], -1, 1).astype(np.float32))
        ),
        template_key=draw.bits("text/words", text_id),
        has_contact=draw.uniform("text/contact", text_id) < contact_rate, **filled,
    )  # fmt: skip


def _feelings(moment: Moment, basket: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return what baskets feel about each aspect, (n, aspects): what hurt, and a little noise."""
    felt, draw = moment.did.experiences, moment.retailer.draw
    noise = np.stack([draw.normal("text/feeling", ids, k) for k in range(len(ASPECTS))], axis=1)
    feelings = 0.22 * noise
    hurts = felt.hurts[basket] * 3.5
    feelings[:, DELIVERY] += hurts[:, 0]
    feelings[:, RANGE] += hurts[:, 1]
    feelings[:, PRICE] += hurts[:, 2]
    feelings[:, QUALITY] += hurts[:, 3] + 1.2 * (felt.felt[basket] - 0.68)
    feelings[:, SERVICE] += hurts[:, 4]
    return feelings


def _reviews(moment: Moment, shown: Shown, sold: Sold) -> None:
    """Schedule reviews of order lines, some days after delivery; strong feelings write more often."""
    did, draw, day, known_feelings = (
        moment.did,
        moment.retailer.draw,
        moment.today.day,
        moment.retailer.parameters.feelings,
    )
    baskets = did.baskets
    line = np.flatnonzero(
        sold.is_order[baskets.basket] & (shown.account_id[baskets.visit[baskets.basket]] >= 0)
    )
    basket = baskets.basket[line]
    quality = moment.retailer.goods.traits[baskets.product[line], 0]
    mood = 1.6 * (did.experiences.felt[basket] - 0.68) + 0.9 * (quality - 0.5)
    text_id = (sold.basket_id[basket] * 100 + baskets.line_number[line]) * 10
    chance = known_feelings.review_rate * np.exp(known_feelings.review_extreme * (np.abs(mood) - 0.3))
    some = np.flatnonzero(draw.uniform("review/writes", text_id) < chance)
    line, basket, mood, text_id = line[some], basket[some], mood[some], text_id[some]
    sentiment = np.clip(1.5 * mood + 0.25 + 0.2 * draw.normal("review/mood", text_id), -1, 1)
    rating = np.clip(np.round(3.4 + 2.2 * sentiment + 0.4 * draw.normal("review/stars", text_id)), 1, 5)
    feelings = _feelings(moment, basket, text_id)
    feelings[:, QUALITY] += 1.4 * (quality[some] - 0.5)
    feelings[:, FIT] += np.where(baskets.back_reason[line] == 0, -0.9, 0.0)
    wait = baskets.taken[basket] + 1 + (6 * draw.exponential("review/wait", text_id)).astype(int).clip(0, 40)
    row = did.visits.row[baskets.visit[basket]]
    at = moment.instant(
        row, (28_000_000 + 55_000_000 * draw.uniform("review/hour", text_id)).astype(np.int64), wait
    )
    rows = _text(
        moment, REVIEW, text_id, row, shown.account_id[baskets.visit[basket]], at, feelings, sentiment,
        product_id=baskets.product[line], order_id=sold.basket_id[basket], rating=rating,
    )  # fmt: skip
    moment.agenda.put("texts", day + wait, rows)


def _tickets(moment: Moment, sold: Sold) -> None:
    did, draw, day, people = moment.did, moment.retailer.draw, moment.today.day, moment.people
    at = np.flatnonzero(did.experiences.has_ticket)
    row, ticket_id = did.visits.row[did.baskets.visit[at]], sold.basket_id[at]
    person = people.person[row]
    worst = did.experiences.hurts[at][:, :4]
    reason = np.where(
        worst.min(axis=1) < -0.05, np.array([0, 1, 2, 3])[worst.argmin(axis=1)], 4 + (ticket_id % 2)
    )
    channel = draw.choice("ticket/channel", ticket_id, np.array([0.45, 0.35, 0.20]))
    is_call = channel == 0
    wait = 1 + did.baskets.taken[at] + (3 * draw.uniform("ticket/wait", ticket_id)).astype(int)
    opened = moment.instant(
        row, (30_000_000 + 40_000_000 * draw.uniform("ticket/hour", ticket_id)).astype(np.int64), wait
    )
    lasts = (3_600_000 * (1 + 40 * draw.exponential("ticket/lasts", ticket_id))).astype("timedelta64[ms]")
    found = (moment.state.accounts[row] & 1 > 0) & (draw.uniform("ticket/found", ticket_id) < 0.8)
    account, order = np.where(found, account_id(person, CRM, sold.is_second[at]), -1), sold.is_order[at]
    moment.agenda.put(
        "tickets", day + wait,
        fill(
            TABLES["tickets"], len(at), ticket_id=ticket_id, person_id=person, account_id=known(account),
            channel=Codes(channel, ("call", "chat", "email")), reason=Codes(reason, REASONS),
            order_id=(ticket_id, ~order), receipt_id=(ticket_id, order), opened_at=opened,
            closed_at=opened + lasts,
            is_solved=did.experiences.is_solved[at], phone_key=(phone_of(moment, row), ~is_call),
        ),
    )  # fmt: skip
    sentiment = np.where(did.experiences.is_solved[at], -0.2, -0.6) + 0.25 * draw.normal(
        "ticket/mood", ticket_id
    )
    for kind, some in ((CALL, np.flatnonzero(is_call)), (TICKET, np.flatnonzero(~is_call))):
        text_id = ticket_id[some] * 1000 + 3
        feelings = _feelings(moment, at[some], text_id)
        aspect = np.array([DELIVERY, RANGE, PRICE, QUALITY, SERVICE, SERVICE])[reason[some]]
        feelings[np.arange(len(some)), aspect] = -1.0
        rows = _text(
            moment, kind, text_id, row[some], account[some], opened[some], feelings, sentiment[some],
            order_id=(ticket_id[some], ~order[some]), receipt_id=(ticket_id[some], order[some]),
            reference_id=ticket_id[some],
        )  # fmt: skip
        moment.agenda.put("texts", day + wait[some], rows)


def _surveys(moment: Moment, sold: Sold) -> None:
    """Send surveys after some purchases, and let few answer: the very pleased and the angry sooner."""
    did, draw, day, known_feelings = (
        moment.did,
        moment.retailer.draw,
        moment.today.day,
        moment.retailer.parameters.feelings,
    )
    row = did.visits.row[did.baskets.visit]
    reached = (sold.is_order | (sold.card >= 0)) & ((moment.state.accounts[row] & 1) > 0)
    at = np.flatnonzero(reached & (draw.uniform("survey/sent", sold.basket_id) < known_feelings.survey_rate))
    row, survey_id = row[at], sold.basket_id[at]
    nps = draw.uniform("survey/kind", survey_id) < 0.4
    satisfaction = moment.state.satisfaction[row].astype(float)
    feels = np.where(nps, satisfaction, 0.5 * satisfaction + 0.5 * did.experiences.felt[at])
    extreme = np.abs(feels - 0.66) * 4 - 0.5
    odds = known_feelings.answer_odds + known_feelings.answer_bias * extreme
    answers = draw.uniform("survey/answers", survey_id) < logistic(odds)
    said = np.clip(feels + 0.06 * draw.normal("survey/noise", survey_id), 0, 1)
    said = np.clip(0.5 + 1.45 * (said - 0.48), 0, 1)
    score = np.where(nps, np.round(10 * said), 1 + np.round(4 * said)).astype(np.int8)
    wait = did.baskets.taken[at] + 1
    sent = moment.instant(row, np.full(len(at), 36_000_000), wait)
    delay = np.minimum(draw.exponential("survey/delay", survey_id) * 12, 13) * 3_600_000
    answered = np.where(answers, sent + delay.astype("timedelta64[ms]"), np.datetime64("NaT"))
    account = account_id(moment.people.person[row], CRM, sold.is_second[at])
    order = sold.is_order[at]
    moment.agenda.put(
        "surveys", day + wait,
        fill(
            TABLES["surveys"], len(at), survey_id=survey_id, kind=Codes((~nps).astype(int), ("nps",
            "satisfaction")),
            person_id=moment.people.person[row], account_id=account, order_id=(survey_id, ~order),
            receipt_id=(survey_id, order), sent_at=sent, answered_at=answered, score=(score, ~answers),
            felt_satisfaction=feels,
        ),
    )  # fmt: skip
    writes = np.flatnonzero(answers & (draw.uniform("survey/writes", survey_id) < 0.4))
    text_id = survey_id[writes] * 1000 + 4
    rows = _text(
        moment, SURVEY, text_id, row[writes], account[writes], answered[writes], _feelings(moment,
        at[writes], text_id),
        2.6 * (feels[writes] - 0.66), reference_id=survey_id[writes],
    )  # fmt: skip
    moment.agenda.put("texts", day + wait[writes], rows)


def _comments(moment: Moment) -> None:
    """Add social comments, spam among them, and the likes and shares they gather over three days."""
    draw, day, people, known_feelings = (
        moment.retailer.draw,
        moment.today.day,
        moment.people,
        moment.retailer.parameters.feelings,
    )
    strong = 1 + 3 * np.abs(moment.state.satisfaction - 0.67)
    has = (moment.state.accounts >> SOCIAL) & 1 > 0
    chance = known_feelings.comment_daily * 12 * strong
    row = np.flatnonzero(has & (draw.uniform("comment/writes", people.person, day) < chance))
    person = people.person[row]
    text_id = keys.numbers(day, moment.number("comments", len(row)), len(row)) * 1000 + 5
    spam = draw.uniform("comment/spam", text_id) < known_feelings.spam_rate
    noise = np.stack([draw.normal("text/feeling", text_id, k) for k in range(len(ASPECTS))], axis=1)
    mood = 2.4 * (moment.state.satisfaction[row] - 0.67)
    feelings = 0.5 * mood[:, None] + 0.45 * noise
    feelings[:, [DELIVERY, PRICE, RANGE]] -= 0.25 * (people.pains[row][:, [0, 1, 2]] - 0.5)
    at = moment.instant(
        row, (25_000_000 + 60_000_000 * draw.uniform("comment/hour", text_id)).astype(np.int64)
    )
    sentiment = mood + 0.3 * draw.normal("comment/mood", text_id)
    focus = draw.uniform("comment/product", text_id)
    product = np.where(focus < 0.5, (focus * 2 * moment.retailer.goods.count).astype(int), -1)
    account = keys.account_id(person, SOCIAL)
    rows = _text(
        moment, COMMENT, text_id, row, account, at, feelings, sentiment, product_id=known(product),
        is_spam=spam,
    )  # fmt: skip
    moment.add("texts", rows)
    fame = draw.exponential("comment/fame", text_id) ** 2 * (1 + np.abs(sentiment))
    for wait, grown in ((0, 0.5), (1, 0.8), (3, 1.0)):
        counted = moment.instant(row, np.full(len(row), 86_000_000), wait)
        reactions = fill(
            TABLES["reactions"], len(row), text_id=text_id, counted_at=counted,
            like_count=(6 * fame * grown * ~spam).astype(int), share_count=(fame * grown * ~spam).astype(int),
        )  # fmt: skip
        moment.agenda.put("reactions", np.full(len(row), day + wait), reactions)
