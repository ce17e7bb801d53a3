"""The contest over ten worlds: what is shown to whom, what is kept, and what is done again."""

from pathlib import Path

import pytest

from shopkeeper.demo.omnichannel.oracles import competition
from shopkeeper.demo.omnichannel.oracles.contest import Answers
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.scoring import Bar, Seed
from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.errors import UserError
from shopkeeper.paths import Home

DAY, SEEDS = 30, range(1, 11)


class Contest:
    """A contest whose worlds are only noted down."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.lived: list[tuple[int, object]] = []
        self.shown: list[object] = []
        monkeypatch.setattr(competition, "learn", lambda *_: None)
        monkeypatch.setattr(competition, "from_truth", lambda folder: folder)
        monkeypatch.setattr(competition, "scored", lambda *_: {"alive": Seed(0.5, 0.6, 0.7, 0.9)})
        monkeypatch.setattr(competition, "drop", self._drop)

    def _drop(self, home: Home, _: object, seed: int, __: int, until: object) -> None:
        home.root.mkdir(parents=True, exist_ok=True)
        self.lived.append((seed, until))

    def answer(self, home: Home, day: int) -> Answers:
        self.shown.append(self.lived[-1][1])
        return Answers()

    def held(self, **terms: int) -> list[Bar]:
        self.lived.clear()
        persons = terms.get("persons", 50)
        return competition.compete(read(), SEEDS, persons, DAY, self.folder, self.answer)


@pytest.fixture
def contest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contest:
    return Contest(tmp_path, monkeypatch)


def test_a_contestant_is_shown_no_later_day(contest: Contest) -> None:
    contest.held()
    assert contest.shown == [date_of(DAY - 1)] * 10


def test_a_scored_seed_is_not_lived_again(contest: Contest) -> None:
    first = contest.held()
    again = contest.held()
    assert contest.lived == []
    assert str(again[0]) == str(first[0])


def test_a_seed_cut_short_begins_anew(contest: Contest) -> None:
    contest.held()
    (contest.folder / "seed_4" / "scores.json").unlink()
    (contest.folder / "seed_4" / "home" / "left").write_text("a later day")
    contest.held()
    assert {seed for seed, _ in contest.lived} == {4}
    assert not (contest.folder / "seed_4" / "home" / "left").exists()


def test_other_terms_are_scored_anew(contest: Contest) -> None:
    contest.held()
    contest.held(persons=60)
    assert {seed for seed, _ in contest.lived} == set(SEEDS)


def test_an_unknown_contestant_is_told_in_one_line() -> None:
    with pytest.raises(UserError, match=r"package\.module:function"):
        competition.contestant_named("no.such:thing")
