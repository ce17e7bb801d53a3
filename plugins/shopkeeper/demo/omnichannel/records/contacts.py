"""Accounts as they are opened and changed, contacts, devices, turns of life, consents, experiments."""

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.life import CAUSES, TURNS
from shopkeeper.demo.omnichannel.behaviour.members import CONSENTS, CRM, SOCIAL, SYSTEMS
from shopkeeper.demo.omnichannel.marketing.reach import CONSENT_OF_CHANNEL
from shopkeeper.demo.omnichannel.randomness import pair
from shopkeeper.demo.omnichannel.records import keys
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.retailers import SECOND_ACCOUNTS, account_id, registered
from shopkeeper.demo.omnichannel.records.sales import address_of, phone_of
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill, known

KINDS = ("phone", "email", "address")
GIVEN = np.array(
    [[0.97, 0.85, 0.8], [0.98, 0.5, 0.3], [0.6, 0.95, 0.6], [0.9, 0.5, 0.2], [0.8, 0.02, 0.2], [0, 0, 0]]
)
PROGRAMME, CHECKOUT_COLOUR = 1, 2
ONE_PHONE = np.uint64(5_000)
ACCOUNTS_A_PERSON = 2.5


def record_people(moment: Moment) -> None:
    """Add what changed in persons and accounts today."""
    did, people, day = moment.did, moment.people, moment.today.day
    if day == 0:
        before = moment.state.accounts.astype(np.int64)
        np.bitwise_and.at(before, did.openings.row, ~(1 << did.openings.system))
        rows, systems = np.nonzero((before[:, None] >> np.arange(len(SYSTEMS))) & 1)
        _open(moment, rows, systems, is_old=True)
    _open(moment, did.openings.row, did.openings.system, is_old=False)
    turns = did.turns
    moment.add(
        "lives",
        fill(
            TABLES["lives"], len(turns.row), person_id=people.person[turns.row], date=date_of(day),
            kind=Codes(turns.turn, TURNS), cause=Codes(turns.cause, CAUSES),
        ),
    )  # fmt: skip
    _moves(moment, turns.row[turns.turn == 3], 2)
    _moves(moment, turns.row[turns.turn == 4], 0)
    _deletions(moment)
    _withdrawals(moment)
    _experiments(moment)


def _open(moment: Moment, row: np.ndarray, system: np.ndarray, is_old: bool) -> None:
    """Open accounts with the retailers of these rows; on a social platform there is one for both."""
    dirt, person = moment.retailer.parameters.dirt, moment.people.person[row]
    first, second = registered(dirt, moment.retailer.draw, person)
    for is_second, some in ((False, first | (system == SOCIAL)), (True, second & (system != SOCIAL))):
        if not is_second or some.any():
            _open_with(moment, row[some], system[some], is_old, is_second)


def _open_with(moment: Moment, row: np.ndarray, system: np.ndarray, is_old: bool, is_second: bool) -> None:
    draw, people, day = moment.retailer.draw, moment.people, moment.today.day
    person = people.person[row]
    ids = pair(pair(person, system), SECOND_ACCOUNTS) if is_second else pair(person, system)
    when = np.full(len(row), 0)
    if is_old:
        when = -1 - (
            np.maximum(-moment.state.since[row] - 1, 0) * draw.uniform("account/opened", ids)
        ).astype(int)
    at = moment.instant(row, (79_000_000 * draw.uniform("account/minute", ids)).astype(np.int64), when)
    moment.add("accounts", _account_rows(moment, row, system, at, 0, is_second))
    second = draw.uniform("account/second", ids) < moment.retailer.parameters.lives.second_account_rate
    again = np.flatnonzero(second & (system != 5))
    wait = 5 + (200 * draw.uniform("account/wait", ids[again])).astype(int)
    later = moment.instant(
        row[again], (79_000_000 * draw.uniform("account/hour", ids[again])).astype(np.int64), wait
    )
    later_rows = _account_rows(moment, row[again], system[again], later, 1, is_second)
    moment.agenda.put("accounts", day + wait, later_rows)
    crm = np.flatnonzero(system == CRM)
    who = np.repeat(row[crm], len(CONSENTS))
    purpose = np.tile(np.arange(len(CONSENTS)), len(crm))
    given = (moment.state.consents[who] >> purpose) & 1 > 0
    account = account_id(people.person[who], CRM, np.full(len(who), is_second))
    stated_at = np.repeat(at[crm], len(CONSENTS))
    moment.add("consents", _consent_rows(moment, who, account, purpose, given, stated_at))


def _account_rows(
    moment: Moment, row: np.ndarray, system: np.ndarray, at: np.ndarray, second: int, is_second: bool
) -> pa.Table:
    draw, people = moment.retailer.draw, moment.people
    person = people.person[row]
    ids = pair(pair(person, system), second + 2 * is_second)
    apart = SECOND_ACCOUNTS * is_second
    gives = np.stack([draw.uniform("account/gives", ids, k) for k in range(3)], axis=1) < GIVEN[system]
    mail = gives[:, 1] & keys.has_email(draw, person, people.market[row])
    phone = phone_of(moment, row)
    if second:
        family = keys.phone_key(draw, people.person[row] ^ 1, np.zeros(len(row), int), 0.0)
        phone = np.where(draw.uniform("account/other_phone", ids) < 0.4, family, phone)
    wanted = moment.retailer.parameters.dirt.one_phone_accounts
    share = min(0.5, wanted / (ACCOUNTS_A_PERSON * moment.retailer.person_count))
    on_it = draw.uniform("account/one_phone", ids) < share
    phone, gives[:, 0] = np.where(on_it, ONE_PHONE, phone), gives[:, 0] | on_it
    linked = (
        (system == 3)
        & ((moment.state.accounts[row] >> 2) & 1 > 0)
        & (draw.uniform("account/link", ids) < 0.5)
    )
    return fill(
        TABLES["accounts"], len(row), person_id=person,
        account_id=keys.account_id(person, system, second) + apart,
        system=Codes(system, SYSTEMS), opened_at=at, phone_key=(phone, ~gives[:, 0]),
        email_key=(keys.email_key(draw, person), ~mail), address_key=(address_of(moment, row), ~gives[:, 2]),
        is_second=bool(second),
        referrer_account_id=known(np.where(linked, keys.account_id(person, 2) + apart, -1)),
    )  # fmt: skip


def _moves(moment: Moment, row: np.ndarray, kind: int) -> None:
    """Add a new address (kind 2) or phone (kind 0), and tell some of the systems, most of them late."""
    draw, people, day = moment.retailer.draw, moment.people, moment.today.day
    value = address_of(moment, row) if kind == 2 else phone_of(moment, row)
    moment.add(
        "contacts",
        fill(
            TABLES["contacts"], len(row), person_id=people.person[row], kind=KINDS[kind], value_key=value,
            city_id=moment.state.city[row], valid_from=date_of(day),
        ),
    )  # fmt: skip
    at, system = np.nonzero((moment.state.accounts[row][:, None] >> np.arange(5)) & 1)
    ids = pair(pair(people.person[row[at]], system), kind)
    told = (draw.uniform("move/told", ids, day) < 0.55) & (GIVEN[system, kind] > 0.25)
    at, system, ids = at[told], system[told], ids[told]
    wait = (draw.exponential("move/wait", ids, day) * 25).astype(int)
    hour = (30_000_000 + 45_000_000 * draw.uniform("move/hour", ids, day)).astype(np.int64)
    moment.agenda.put(
        "account_changes", day + wait,
        fill(
            TABLES["account_changes"], len(at), account_id=moment.account_of(row[at], system),
            person_id=people.person[row[at]], changed_at=moment.instant(row[at], hour, wait),
            kind=KINDS[kind],
            value_key=value[at], city_id=moment.state.city[row[at]],
        ),
    )  # fmt: skip


def _deletions(moment: Moment) -> None:
    """Delete what systems hold of some who never return, some days after they asked for it."""
    turns, people, draw = moment.did.turns, moment.people, moment.retailer.draw
    at, system = np.nonzero((turns.held[:, None] >> np.arange(len(SYSTEMS))) & 1)
    row = turns.deleted[at]
    person = people.person[row]
    first, second = registered(moment.retailer.parameters.dirt, draw, person)
    for is_second, some in ((False, first | (system == SOCIAL)), (True, second & (system != SOCIAL))):
        who, where = row[some], system[some]
        ids = pair(people.person[who], where)
        wait = 1 + (28 * draw.uniform("deletion/wait", ids)).astype(int)
        hour = (32_000_000 + 30_000_000 * draw.uniform("deletion/hour", ids)).astype(np.int64)
        rows = fill(
            TABLES["account_deletions"], len(who), person_id=people.person[who],
            account_id=account_id(people.person[who], where, np.full(len(who), is_second)),
            deleted_at=moment.instant(who, hour, wait),
        )  # fmt: skip
        moment.agenda.put("account_deletions", moment.today.day + wait, rows)


def _withdrawals(moment: Moment) -> None:
    sent = moment.did.messages
    left = np.flatnonzero(sent.is_unsubscribed)
    if not len(left):
        return
    channel = np.array([c.channel for c in moment.today.campaigns])[sent.campaign[left]]
    purpose = np.log2(np.array(CONSENT_OF_CHANNEL)[channel]).astype(int)
    ids = pair(moment.people.person[sent.row[left]], channel)
    hour = (
        60_000_000 + 20_000_000 * moment.retailer.draw.uniform("leave/hour", ids, moment.today.day)
    ).astype(np.int64)
    account, at = moment.account_of(sent.row[left], CRM), moment.instant(sent.row[left], hour)
    rows = _consent_rows(moment, sent.row[left], account, purpose, np.zeros(len(left), bool), at)
    moment.add("consents", rows)


def _consent_rows(
    moment: Moment,
    row: np.ndarray,
    account: np.ndarray,
    purpose: np.ndarray,
    given: np.ndarray,
    at: np.ndarray,
) -> pa.Table:
    return fill(
        TABLES["consents"], len(row), account_id=account, person_id=moment.people.person[row],
        purpose=Codes(purpose, CONSENTS), is_given=given, stated_at=at,
    )  # fmt: skip


def _experiments(moment: Moment) -> None:
    """Assign all customers with a CRM account on the first day of an experiment, newcomers as they come."""
    day, people, draw = moment.today.day, moment.people, moment.retailer.draw
    starts = {PROGRAMME: moment.retailer.parameters.programme.from_day, CHECKOUT_COLOUR: 60}
    opened = moment.did.openings
    for experiment, first in starts.items():
        if day < first:
            continue
        new = opened.row[opened.system == CRM]
        row = np.flatnonzero(moment.state.accounts & 1) if day == first else new
        person = people.person[row]
        arm = (
            people.is_treated[row]
            if experiment == PROGRAMME
            else draw.uniform("experiment/arm", person, 2) < 0.5
        )
        hour = (20_000_000 + 60_000_000 * draw.uniform("experiment/hour", person, experiment)).astype(
            np.int64
        )
        moment.add(
            "experiment_assignments",
            fill(
                TABLES["experiment_assignments"], len(row), experiment_id=experiment, person_id=person,
                account_id=moment.account_of(row, CRM), arm=Codes(arm.astype(int), ("control", "treatment")),
                assigned_at=moment.instant(row, hour),
            ),
        )  # fmt: skip
