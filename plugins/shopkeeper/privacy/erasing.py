"""Erases persons from everything that a home holds; the one change of what has landed or was published.

What it replaces is in `landed` and in `warehouse`; here is the order in which it is done.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper import landing, warehouse
from shopkeeper.contracts import Contract, catalog
from shopkeeper.errors import UserError
from shopkeeper.files import exclusive, write_json
from shopkeeper.landing import Suppression, write_suppression
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.privacy import erasures
from shopkeeper.privacy.columns import NumberColumns, number_columns
from shopkeeper.privacy.erasures import Erasure
from shopkeeper.privacy.landed import Landed, values_of
from shopkeeper.privacy.persons import Number, find_persons, numbers_of_system, numbers_of_token
from shopkeeper.privacy.renaming import TAKEN, exports_of, rename
from shopkeeper.privacy.suppressed import found_again, suppressed
from shopkeeper.privacy.work import Work
from shopkeeper.retailers import claim
from shopkeeper.vault import TokenKey, Vault, open_vault

_PLAN = "erasing"
RESTORED = "found again after a restore"
TURN_SECONDS = 1800.0
_BUSY = "an erasure (process {holder}) is under way; run again when it has ended"


@dataclass(frozen=True)
class Named:
    """How a person is named: by a token, or by a number of a system."""

    token: str | None = None
    system: str | None = None
    number: str | None = None

    def __post_init__(self) -> None:
        if bool(self.token) == bool(self.system and self.number) or bool(self.system) != bool(self.number):
            raise UserError("name the person by --token, or by --system and --number")


@dataclass(frozen=True)
class _Plan:
    """What an erasure that has begun is to do; kept sealed until it is done."""

    number: int
    at: str
    who: str
    why: str
    persons: list[list[Number]]


def erase(home: Home, named: Named, who: str, why: str) -> Erasure:
    """Erase a person, and return the receipt.

    Finishes an erasure that was killed before. Builds that began before give way. Raises `UserError` if
    nobody is found or a reason is missing, `Fenced` while another erasure, a step or a publish does not end.
    """
    (done,) = erase_all(home, [(named, why)], who)
    if isinstance(done, UserError):
        raise done
    return done


def erase_all(home: Home, asked: Sequence[tuple[Named, str]], who: str) -> list[Erasure | UserError]:
    """Erase several persons, each for a reason, in one go: what names them is written anew once.

    Returns for each the receipt, which they share, or why nobody is erased. Raises like `erase`.
    """
    if not all(why.strip() for _, why in asked):
        raise UserError("say why the person is erased: --reason; it is kept in the receipt")
    with _turn(home), _alone(home):
        contracts = catalog().sources
        columns, key = number_columns(home, contracts), open_vault(home).token_key.of_erasures
        found: list[set[Number] | UserError] = []
        for named, _ in asked:
            try:
                found.append(find_numbers(home, contracts, columns, named, key))
            except UserError as error:
                found.append(error)
        known = [(each, why) for each, (_, why) in zip(found, asked, strict=True) if isinstance(each, set)]
        persons, reasons = [each for each, _ in known], [why for _, why in known]
        if not persons:
            return [each for each in found if isinstance(each, UserError)]
        erasure = _erase_numbers(home, persons, who, "; ".join(reasons))
        return [each if isinstance(each, UserError) else erasure for each in found]


def finish(home: Home, seconds: float = TURN_SECONDS) -> bool:
    """Finish an erasure that was killed; return whether there was one.

    `Fenced` if one is under way and does not end in that time.
    """
    work = PrivacyPaths(home.privacy).work
    if not work.exists():
        return False
    with _turn(home, seconds):
        was_killed = work.exists()
        if was_killed:
            with _alone(home):
                pass
        return was_killed


def replay(home: Home | Path) -> int:
    """Erase every suppressed person who is found again, as in a restored backup; return how many.

    `home`: a home, or its folder; it must have `privacy/suppressed.json` as it was before the restore.
    """
    home = Home(home) if isinstance(home, Path) else home
    with _turn(home), _alone(home):
        done: list[set[Number]] = []
        while (numbers := found_again(home)) and numbers not in done:
            _erase_numbers(home, [numbers], "shopkeeper", RESTORED)
            done.append(numbers)
        return len(done)


def find_numbers(
    home: Home, contracts: Sequence[Contract], columns: NumberColumns, named: Named, key: TokenKey
) -> set[Number]:
    """Return the numbers by which a person is named. Raises `UserError` if nobody is."""
    if named.token:
        return numbers_of_token(home, contracts, columns, named.token, key)
    return numbers_of_system(home, contracts, columns, named.system or "", named.number or "")


def _turn(home: Home, seconds: float = TURN_SECONDS) -> AbstractContextManager[None]:
    """Wait until no other erasure is under way."""
    return exclusive(PrivacyPaths(home.privacy).lock, seconds, _BUSY)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Keep landings, builds and publishes away, and finish first what was killed."""
    claim(home)
    with warehouse.without_builds(home), landing.lock(home):
        _finish(home)
        yield


def _finish(home: Home) -> None:
    paths = PrivacyPaths(home.privacy)
    if paths.ready.exists():
        _apply(home)
    elif paths.plan.exists():
        opened = open_vault(home)
        (told,) = opened.open_bytes([paths.plan.read_bytes()], _PLAN, "shopkeeper", "an erasure was killed")
        plan = _Plan(**json.loads(told))
        _perform(home, opened, plan)
    else:
        shutil.rmtree(paths.work, ignore_errors=True)


def _erase_numbers(home: Home, persons: Sequence[set[Number]], who: str, why: str) -> Erasure:
    paths, opened = PrivacyPaths(home.privacy), open_vault(home)
    plan = _Plan(
        number=len(erasures.read_erasures(home)) + 1,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        who=who,
        why=why,
        persons=[sorted(numbers) for numbers in persons],
    )
    paths.work.mkdir(parents=True, exist_ok=True, mode=0o700)
    (sealed,) = opened.seal_bytes([json.dumps(asdict(plan)).encode()], _PLAN)
    partial = paths.plan.with_suffix(".new")
    partial.write_bytes(sealed)
    partial.replace(paths.plan)
    return _perform(home, opened, plan)


def _perform(home: Home, opened: Vault, plan: _Plan) -> Erasure:
    """Write everything anew beside what is there, then put it in its place.

    If it cannot be written, nothing has changed, and nothing is left to finish.
    """
    try:
        _write(home, opened, plan)
    except (UserError, OSError):
        shutil.rmtree(PrivacyPaths(home.privacy).work)
        raise
    return _apply(home)


def _write(home: Home, opened: Vault, plan: _Plan) -> None:
    contracts, work = catalog().sources, Work(home)
    work.begin()
    columns, key = number_columns(home, contracts), opened.token_key.of_erasures
    named = [[(kind, number) for kind, number in numbers] for numbers in plan.persons]
    person, count = find_persons(home, contracts, columns, named, key)
    suppression = suppressed(home, Suppression(key, columns), person, plan.number)
    write_suppression(work.place(work.paths.suppressed), suppression)
    values = values_of(opened, person, plan.who, plan.why)
    landed = Landed(work, contracts, suppression, person, plan.number, plan.who, values, opened)
    landed.erase()
    names = rename(work, suppression, person, plan.number)
    work.flush()
    places = {place: count for place, count in sorted(work.counts.items()) if count}
    erasure = Erasure(plan.number, plan.at, plan.who, plan.why, count, places)
    exports = exports_of(home, person)
    forgotten = {
        "exports": exports,
        "persons": sorted(landed.sealed),
        "tokens": sorted(person.tokens),
        "names": sorted(names),
    }
    write_json(work.paths.ready, {"erasure": asdict(erasure), **forgotten})


def _apply(home: Home) -> Erasure:
    """Put what is ready in its place, forget the keys, and issue the receipt; may be repeated."""
    work = Work(home)
    ready = json.loads(work.paths.ready.read_bytes())
    work.apply()
    erasure, opened = Erasure(**ready["erasure"]), open_vault(home)
    for name in ready["exports"]:
        shutil.rmtree(work.paths.export(name), ignore_errors=True)
    count = opened.replace_in_log(dict.fromkeys((*ready["tokens"], *ready["names"]), TAKEN))
    forgotten = (
        opened.forget(ready["persons"], erasure.who, f"erasure {erasure.number}") if ready["persons"] else 0
    )
    counted = {"access log": count, "vault keys": forgotten}
    places = {**erasure.places, **{place: count for place, count in counted.items() if count}}
    issued = Erasure(**{**ready["erasure"], "places": places})
    erasures.append(home, issued)
    shutil.rmtree(work.paths.work)
    return issued
