"""The world day by day: blocks of persons live, shelves empty, tables come out. Everything that follows
reads this.

A day's tables are complete before the next day begins. What the next day needs is in `Running`, which can
be laid down as a checkpoint and taken up again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour import stock as shelves
from shopkeeper.demo.omnichannel.behaviour.day import live
from shopkeeper.demo.omnichannel.behaviour.members import first_accounts
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, morning, open_retailer
from shopkeeper.demo.omnichannel.behaviour.stock import Stock, first_stock
from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.people import People, State, begin, populate
from shopkeeper.demo.omnichannel.people.blocks import blocks
from shopkeeper.demo.omnichannel.records.agenda import Agenda
from shopkeeper.demo.omnichannel.records.day import record
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.promotion import spend_rows
from shopkeeper.demo.omnichannel.records.shop import shop_tables
from shopkeeper.demo.omnichannel.tables import TABLES

EMPTY = {name: table.empty() for name, table in TABLES.items()}


@dataclass
class Running:
    """A world that has lived until the evening before ``day``; ``city`` is where each one began."""

    retailer: Retailer
    people: People
    city: np.ndarray
    state: State
    stock: Stock
    agenda: Agenda = field(default_factory=Agenda)
    day: int = 0


@dataclass(frozen=True)
class Lived:
    """One day: its clean tables, and the first block's cut-offs at empty shelves."""

    day: int
    tables: dict[str, pa.Table]
    cuts: np.ndarray


def start(parameters: Parameters, seed: int, person_count: int) -> Running:
    """Return a world on its first morning."""
    retailer = open_retailer(parameters, seed, person_count)
    people, city = populate(parameters, retailer.draw, person_count)
    state = begin(parameters, retailer.draw, people, city)
    for block in blocks(person_count):
        first_accounts(parameters, retailer.draw, people.take(block), state.take(block))
    return Running(retailer, people, city, state, first_stock(retailer, person_count))


def days(world: Running, until_day: int) -> Iterator[Lived]:
    """Let the world live up to and including ``until_day``, a day at a time."""
    while world.day <= until_day:
        yield _one_day(world)


def _one_day(world: Running) -> Lived:
    retailer, stock, day = world.retailer, world.stock, world.day
    today = morning(retailer, day)
    shelves.receive(retailer, stock, day)
    counts: dict[str, int] = {}
    told = np.zeros((2, 7, 2))
    rows: dict[str, list[pa.Table]] = {}
    cuts = np.zeros((0, 3))
    moment = None
    for block in blocks(world.people.count):
        people, state = world.people.take(block), world.state.take(block)
        did = live(retailer, today, people, state, partial(shelves.serve, stock))
        moment = Moment(retailer, today, people, state, did, world.agenda, counts, rows)
        told += record(moment)
        if block.start == 0:
            cuts = shelves.cuts(stock)
    if moment is not None:
        spend_rows(moment, told)
    for table, due in world.agenda.take(day).items():
        rows.setdefault(table, []).extend(due)
    _take_back(stock, rows.get("refunds", []))
    shelves.learn(stock)
    tables = dict(EMPTY)
    tables |= {
        name: pa.concat_tables(parts).unify_dictionaries().combine_chunks() for name, parts in rows.items()
    }
    tables |= shop_tables(retailer, today, stock)
    world.day += 1
    return Lived(day, tables, cuts)


def _take_back(stock: Stock, refunds: list[pa.Table]) -> None:
    """Put what came back in good order on the shelf."""
    for part in refunds:
        reason = np.asarray(part["reason"].cast(pa.string()))
        fit = np.isin(reason, ("fit", "late", "changed_mind"))
        cell = (np.asarray(part["place_id"])[fit], np.asarray(part["product_id"])[fit])
        np.add.at(stock.returned, cell, np.asarray(part["unit_quantity"])[fit])
    stock.on_hand += stock.returned
