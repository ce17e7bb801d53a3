"""Orders, receipts, their lines, payments, statuses, refunds; wishes that were not met."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.members import LOYALTY
from shopkeeper.demo.omnichannel.behaviour.paying import REASONS
from shopkeeper.demo.omnichannel.behaviour.visits import CHANNELS, STORE
from shopkeeper.demo.omnichannel.randomness import pair
from shopkeeper.demo.omnichannel.records import keys
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.retailers import account_id
from shopkeeper.demo.omnichannel.records.screens import Shown
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill, known

METHODS = ("card", "cash", "alipay", "wechat_pay", "paypal")
STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled", "returned")


@dataclass(frozen=True)
class Sold:
    """The day's baskets as recorded: id, whether it is an order, whether its accounts are a second
    retailer's, and the loyalty account seen (-1: none).
    """

    basket_id: np.ndarray
    is_order: np.ndarray
    is_second: np.ndarray
    card: np.ndarray
    paid_at: np.ndarray


def record_sales(moment: Moment, shown: Shown) -> Sold:
    """Add orders, receipts and all that hangs on them; later rows go to the agenda."""
    visits, baskets, people = moment.did.visits, moment.did.baskets, moment.people
    draw, day = moment.retailer.draw, moment.today.day
    row = visits.row[baskets.visit]
    is_second = moment.is_second()[baskets.visit]
    basket_id = moment.numbers("baskets", is_second)
    is_order = visits.channel[baskets.visit] != STORE
    member = (moment.state.accounts[row] >> LOYALTY) & 1 > 0
    shows = draw.uniform("till/card", pair(people.person[row], visits.slot[baskets.visit]), day)
    card_rate = moment.retailer.parameters.visits.card_rate
    carries = member & (is_order | (shows < card_rate) | (baskets.burned > 0))
    card = np.where(carries, account_id(people.person[row], LOYALTY, is_second), -1)
    sold = Sold(basket_id, is_order, is_second, card, moment.instant(row, shown.paid_at))
    orders, receipts = np.flatnonzero(is_order), np.flatnonzero(~is_order)
    _orders(moment, shown, sold, row, orders)
    _receipts(moment, shown, sold, row, receipts)
    lines = is_order[baskets.basket]
    for table, key, chosen in (("order_lines", "order_id", lines), ("receipt_lines", "receipt_id", ~lines)):
        at = np.flatnonzero(chosen)
        wanted = np.where(baskets.wanted[at] != baskets.product[at], baskets.wanted[at], -1)
        moment.add(
            table,
            fill(
                TABLES[table], len(at), **{key: basket_id[baskets.basket[at]]},
                line_number=baskets.line_number[at], product_id=baskets.product[at],
                unit_quantity=baskets.units[at], unit_price_amount=baskets.price[at],
                discount_amount=baskets.line_discount[at], net_amount=baskets.line_net[at],
                wanted_product_id=known(wanted),
            ),
        )  # fmt: skip
    _payments(moment, sold, row)
    _statuses(moment, sold, row, orders)
    _refunds(moment, sold, row)
    _lost(moment, shown)
    return sold


def _orders(moment: Moment, shown: Shown, sold: Sold, row: np.ndarray, at: np.ndarray) -> None:
    visits, baskets, people, draw = moment.did.visits, moment.did.baskets, moment.people, moment.retailer.draw
    visit, who = baskets.visit[at], row[at]
    person = people.person[who]
    mail = keys.has_email(draw, person, people.market[who])
    coupon = keys.campaign_row_id(baskets.coupon[at], person)
    moment.add(
        "orders",
        fill(
            TABLES["orders"], len(at), order_id=sold.basket_id[at], person_id=person,
            account_id=known(shown.account_id[visit]), visit_id=shown.visit_id[visit],
            channel=Codes(visits.channel[visit], CHANNELS), market=Codes(people.market[who], MARKETS),
            place_id=visits.place[visit], ordered_at=sold.paid_at[at], phone_key=phone_of(moment, who),
            email_key=(keys.email_key(draw, person), ~mail), address_key=address_of(moment, who),
            city_id=moment.state.city[who], coupon_id=known(coupon), goods_amount=baskets.goods[at],
            discount_amount=baskets.discount[at], delivery_amount=baskets.delivery[at],
            net_amount=baskets.net[at], promised_days=baskets.promised[at], taken_days=baskets.taken[at],
        ),
    )  # fmt: skip


def phone_of(moment: Moment, rows: np.ndarray) -> np.ndarray:
    """Return the phone that rows give today: the own one, or the household's first person's."""
    people, known_lives = moment.people, moment.retailer.parameters.lives
    owner = people.phone_owner[rows]
    epoch = np.where(owner == people.person[rows], moment.state.phone[rows], 0)
    return keys.phone_key(moment.retailer.draw, owner, epoch, known_lives.recycled_rate)


def address_of(moment: Moment, rows: np.ndarray) -> np.ndarray:
    """Return the address of rows today."""
    people = moment.people
    return keys.address_key(
        moment.retailer.draw, people.household[rows], people.person[rows], moment.state.address[rows]
    )


def _receipts(moment: Moment, shown: Shown, sold: Sold, row: np.ndarray, at: np.ndarray) -> None:
    visits, baskets, people = moment.did.visits, moment.did.baskets, moment.people
    visit, who = baskets.visit[at], row[at]
    till = 1 + (4 * moment.retailer.draw.uniform("till/number", sold.basket_id[at])).astype(int)
    moment.add(
        "receipts",
        fill(
            TABLES["receipts"], len(at), receipt_id=sold.basket_id[at], person_id=people.person[who],
            account_id=known(sold.card[at]), visit_id=shown.visit_id[visit],
            market=Codes(people.market[who], MARKETS), place_id=visits.place[visit], till_number=till,
            paid_at=sold.paid_at[at], coupon_id=known(keys.campaign_row_id(baskets.coupon[at],
            people.person[who])),
            goods_amount=baskets.goods[at], discount_amount=baskets.discount[at], net_amount=baskets.net[at],
        ),
    )  # fmt: skip


def _payments(moment: Moment, sold: Sold, row: np.ndarray) -> None:
    baskets, draw, day = moment.did.baskets, moment.retailer.draw, moment.today.day
    chinese = moment.people.market[row] == 0
    u = draw.uniform("pay/method", moment.people.person[row], day // 30)
    method = np.where(
        chinese,
        np.select([u < 0.48, u < 0.86, sold.is_order | (u < 0.95)], [2, 3, 0], 1),
        np.where(sold.is_order, np.where(u < 0.72, 0, 4), np.where(u < 0.86, 0, 1)),
    )
    count = baskets.count
    moment.add(
        "payments",
        fill(
            TABLES["payments"], count, payment_id=sold.basket_id, order_id=(sold.basket_id, ~sold.is_order),
            receipt_id=(sold.basket_id, sold.is_order), method=Codes(method, METHODS),
            amount=np.round(baskets.net + baskets.delivery, 2), paid_at=sold.paid_at,
        ),
    )  # fmt: skip


def _statuses(moment: Moment, sold: Sold, row: np.ndarray, at: np.ndarray) -> None:
    baskets, draw = moment.did.baskets, moment.retailer.draw
    order_id, taken = sold.basket_id[at], baskets.taken[at]
    all_back = np.ones(baskets.count, bool)
    np.logical_and.at(all_back, baskets.basket, baskets.back_day >= 0)
    last = np.zeros(baskets.count, int)
    np.maximum.at(last, baskets.basket, baskets.back_day)
    hours = 8 + 10 * draw.uniform("status/hour", pair(order_id, 0))
    shipped = np.minimum(np.maximum(taken - 1, 0), taken)
    later = [(2, shipped), (3, taken), (5, np.where(all_back[at], last[at] - moment.today.day, -1))]
    for status in (0, 1):
        paid_at = sold.paid_at[at] + np.timedelta64(status, "s")
        moment.add("order_statuses", _status_rows(order_id, status, paid_at))
    for status, wait in later:
        some = np.flatnonzero(wait >= 0)
        time = (hours[some] * 3_600_000 + status * 1000).astype(np.int64)
        late_today = wait[some] == 0
        at_time = moment.instant(row[at[some]], time, wait[some])
        at_time = np.where(
            late_today, np.maximum(at_time, sold.paid_at[at[some]] + np.timedelta64(status, "s")), at_time
        )
        moment.agenda.put(
            "order_statuses", moment.today.day + wait[some], _status_rows(order_id[some], status, at_time)
        )


def _status_rows(order_id: np.ndarray, status: int, at: np.ndarray) -> pa.Table:
    return fill(
        TABLES["order_statuses"], len(order_id), order_id=order_id, status=STATUSES[status], changed_at=at
    )


def _refunds(moment: Moment, sold: Sold, row: np.ndarray) -> None:
    """Put refunds, and the points that they take back, on the agenda."""
    baskets, people, draw = moment.did.baskets, moment.people, moment.retailer.draw
    lines = np.flatnonzero(baskets.back_day >= 0)
    basket = baskets.basket[lines]
    wait = baskets.back_day[lines] - moment.today.day
    order = sold.is_order[basket]
    refund_id = sold.basket_id[basket] * 100 + baskets.line_number[lines]
    at = moment.instant(
        row[basket], (36_000_000 + 30_000_000 * draw.uniform("refund/hour", refund_id)).astype(np.int64), wait
    )
    moment.agenda.put(
        "refunds", baskets.back_day[lines],
        fill(
            TABLES["refunds"], len(lines), refund_id=refund_id, person_id=people.person[row[basket]],
            order_id=(sold.basket_id[basket], ~order), receipt_id=(sold.basket_id[basket], order),
            line_number=baskets.line_number[lines], product_id=baskets.product[lines],
            place_id=moment.did.visits.place[baskets.visit[basket]], unit_quantity=baskets.units[lines],
            amount=baskets.line_net[lines], reason=Codes(baskets.back_reason[lines], REASONS), refunded_at=at,
        ),
    )  # fmt: skip


def _lost(moment: Moment, shown: Shown) -> None:
    asked, visits = moment.did.asked, moment.did.visits
    at = np.flatnonzero(asked.product != asked.wanted)
    visit = asked.visit[at]
    moment.add(
        "lost_sales",
        fill(
            TABLES["lost_sales"], len(at), person_id=moment.people.person[visits.row[visit]],
            visit_id=shown.visit_id[visit], place_id=visits.place[visit], product_id=asked.wanted[at],
            unit_quantity=asked.units[at], wanted_at=moment.instant(visits.row[visit], visits.at[visit]),
            outcome=Codes((asked.product[at] < 0).astype(int), ("substituted", "left_out")),
        ),
    )  # fmt: skip
