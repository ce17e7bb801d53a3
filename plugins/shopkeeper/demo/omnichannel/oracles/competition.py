"""The contest over ten worlds: each is lived, shown, answered and scored, and its scores are kept.

It may take half an hour, so that it says what is done and goes on where it was stopped. What is asked and
how it is scored belongs to `contest`.
"""

import importlib
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from time import monotonic
from typing import Any

from shopkeeper.demo.omnichannel.command import drop
from shopkeeper.demo.omnichannel.oracles.contest import HORIZON, Answers, Contestant, learn, scored
from shopkeeper.demo.omnichannel.oracles.practice import from_truth
from shopkeeper.demo.omnichannel.parameters import Parameters, read
from shopkeeper.demo.omnichannel.scoring import Bar, Seed, bar
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.truth import TruthFolder
from shopkeeper.errors import UserError
from shopkeeper.paths import Home

SEEDS = range(101, 111)


def show_scores(home: Home, person_count: int, ours: str | None) -> None:
    """Run the command line's `demo omnichannel-scores`: ten worlds beside the home, told as they are done."""
    folder = home.root.with_name(f"{home.root.name}-scores")
    began = monotonic()

    def told(what: str) -> None:
        print(f"{monotonic() - began:7.0f} s  {what}", file=sys.stderr, flush=True)

    contestant = contestant_named(ours) if ours else None
    for score in compete(read(), SEEDS, person_count, 180, folder, contestant, told):
        print(score)
    print(f"the worlds lie in {folder}")


def contestant_named(name: str) -> Contestant:
    """Return a contestant by its place, ``package.module:function``. Raises `UserError` where none is."""
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"there is no contestant {name}; give package.module:function") from error


def compete(
    parameters: Parameters,
    seeds: Sequence[int],
    person_count: int,
    day: int,
    folder: Path,
    contestant: Contestant | None = None,
    tell: Callable[[str], None] = lambda what: None,
) -> list[Bar]:
    """Return the bar of each question over at least ten seeds; files and truths go below ``folder``.

    The contestant is shown a home in which the world has been lived until the evening before ``day``. A
    seed that was scored before, under the same terms, is not lived again; one that was cut short is lived
    from its beginning, so that nobody is shown a later day. ``tell`` hears what is done.
    """
    who = f"{contestant.__module__}:{contestant.__qualname__}" if contestant is not None else None
    terms = {"persons": person_count, "day": day, "ours": who, "world": parameters.model_dump(mode="json")}
    done = {seed: _kept(folder / f"seed_{seed}" / "scores.json", terms) for seed in seeds}
    if any(scores is None for scores in done.values()):
        learnt = learn(parameters, person_count, day)
        tell("the oracles have learnt")
    for seed in (seed for seed, scores in done.items() if scores is None):
        place = folder / f"seed_{seed}"
        shutil.rmtree(place, ignore_errors=True)
        home = Home(place / "home")
        drop(home, parameters, seed, person_count, date_of(day - 1))
        answers = contestant(home, day) if contestant is not None else Answers()
        drop(home, parameters, seed, person_count, date_of(day + HORIZON - 1))
        done[seed] = scores = scored(from_truth(TruthFolder(home.root)), learnt, day, answers)
        _keep(place / "scores.json", terms, scores)
        tell(f"seed {seed} is scored")
    found = [scores for scores in done.values() if scores is not None]
    return [bar(name, [scores[name] for scores in found]) for name in found[0]]


def _keep(file: Path, terms: dict[str, Any], scores: dict[str, Seed]) -> None:
    told = terms | {"scores": {name: list(astuple(seed)) for name, seed in scores.items()}}
    file.write_text(json.dumps(told, indent=1) + "\n")


def _kept(file: Path, terms: dict[str, Any]) -> dict[str, Seed] | None:
    """Return the scores that `_keep` kept under the same terms, or None."""
    told = json.loads(file.read_text()) if file.is_file() else {}
    if {name: told.get(name) for name in terms} != json.loads(json.dumps(terms)):
        return None
    return {name: Seed(*values) for name, values in told["scores"].items()}
