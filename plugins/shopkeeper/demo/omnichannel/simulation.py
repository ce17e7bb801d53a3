"""The world day by day: blocks of persons live, shelves empty, tables come out. Everything that follows
reads this.

A day's tables come a shard of persons at a time, all before the next day begins. What the next day needs is
in `Running`, which can be laid down as a checkpoint and taken up again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
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
from shopkeeper.demo.omnichannel.people.blocks import blocks, shards
from shopkeeper.demo.omnichannel.records.agenda import Agenda
from shopkeeper.demo.omnichannel.records.day import record
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.promotion import spend_rows
from shopkeeper.demo.omnichannel.records.shop import shop_tables
from shopkeeper.demo.omnichannel.scratch import IN_MEMORY, Scratch
from shopkeeper.demo.omnichannel.tables import TABLES

EMPTY = {name: table.empty() for name, table in TABLES.items()}


@dataclass
class Running:
    """A world that has lived until the evening before ``day``; ``city`` is where each one began. Each shard
    has an agenda.
    """

    retailer: Retailer
    people: People
    city: np.ndarray
    state: State
    stock: Stock
    agendas: list[Agenda]
    day: int = 0
    scratch: Scratch = IN_MEMORY


@dataclass(frozen=True)
class Lived:
    """A shard's part of one day: its clean tables; what belongs to nobody comes with the last one, the first
    block's cut-offs at empty shelves with the first.
    """

    day: int
    shard: int
    is_last: bool
    tables: dict[str, pa.Table]
    cuts: np.ndarray


def start(parameters: Parameters, seed: int, person_count: int, scratch: Scratch = IN_MEMORY) -> Running:
    """Return a world on its first morning."""
    retailer = open_retailer(parameters, seed, person_count)
    people, city = populate(parameters, retailer.draw, person_count, scratch)
    state = begin(parameters, retailer.draw, people, city, scratch)
    for block in blocks(person_count):
        first_accounts(parameters, retailer.draw, people.take(block), state.take(block))
    agendas = [Agenda() for _ in shards(person_count)]
    return Running(retailer, people, city, state, first_stock(retailer, person_count), agendas, 0, scratch)


def days(world: Running, until_day: int) -> Iterator[Lived]:
    """Let the world live up to and including ``until_day``, a shard's day at a time."""
    while world.day <= until_day:
        yield from _one_day(world)


def _one_day(world: Running) -> Iterator[Lived]:
    retailer, stock, day = world.retailer, world.stock, world.day
    today = morning(retailer, day)
    shelves.receive(retailer, stock, day)
    counts: dict[str, int] = {}
    told = np.zeros((2, 7, 2))
    cuts = np.zeros((0, 3))
    parts = shards(world.people.count)
    for number, (shard, agenda) in enumerate(zip(parts, world.agendas, strict=True)):
        is_last = number == len(parts) - 1
        rows: dict[str, list[pa.Table]] = {}
        for block in blocks(shard.stop, shard.start):
            people, state = world.people.take(block), world.state.take(block)
            did = live(retailer, today, people, state, partial(shelves.serve, stock))
            moment = Moment(retailer, today, people, state, did, agenda, counts, rows)
            told += record(moment)
            if block.start == 0:
                cuts = shelves.cuts(stock)
        if is_last:
            spend_rows(moment, told)
        for table, due in agenda.take(day).items():
            rows.setdefault(table, []).extend(due)
        _take_back(stock, rows.get("refunds", []))
        tables = EMPTY | {
            name: pa.concat_tables(found).unify_dictionaries().combine_chunks()
            for name, found in rows.items()
        }
        if is_last:
            stock.on_hand += stock.returned
            shelves.learn(stock)
            tables |= shop_tables(retailer, today, stock)
            world.day += 1
        if len(parts) > 1:
            agenda.move_to(world.scratch)
        yield Lived(day, number, is_last, tables, cuts if number == 0 else cuts[:0])


def _take_back(stock: Stock, refunds: list[pa.Table]) -> None:
    """Note what came back in good order."""
    for part in refunds:
        reason = np.asarray(part["reason"].cast(pa.string()))
        fit = np.isin(reason, ("fit", "late", "changed_mind"))
        cell = (np.asarray(part["place_id"])[fit], np.asarray(part["product_id"])[fit])
        np.add.at(stock.returned, cell, np.asarray(part["unit_quantity"])[fit])
