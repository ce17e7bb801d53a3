"""Every parameter is data: files, the dial, shipped worlds; mistakes are told in one line."""

from pathlib import Path

import pytest
import yaml

from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.parameters.described import SOURCES, leaves
from shopkeeper.demo.omnichannel.parameters.reading import SHIPPED
from shopkeeper.demo.omnichannel.randomness import Randomness, pair
from shopkeeper.errors import UserError

ADVERSARIAL = {"nothing", "simpson", "one_phone", "twins", "drift", "missing_source", "merged", "programme"}


def test_every_shipped_world_is_valid() -> None:
    shipped = {file.stem for file in SHIPPED.glob("*.yml")}
    assert shipped >= ADVERSARIAL | {"easy", "hard"}
    for name in shipped:
        assert read(name) != read(), name


@pytest.fixture(scope="module")
def ranges() -> dict[str, tuple[float, float]]:
    """The easy and the hard end of each parameter for which no figure was found."""
    told = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))
    return {name: tuple(source["range"]) for name, source in told.items() if "range" in source}


def test_a_default_without_a_figure_lies_in_its_worst_third(ranges: dict[str, tuple[float, float]]) -> None:
    defaults = {name: default for name, default, _ in leaves() if name in ranges}
    placed = {name: (defaults[name] - easy) / (hard - easy) for name, (easy, hard) in ranges.items()}
    assert [name for name, place in placed.items() if not 2 / 3 <= place <= 1] == []


def test_ranges_grow_harder_as_the_dial_does(ranges: dict[str, tuple[float, float]]) -> None:
    easy, hard = read("easy").model_dump(), read("hard").model_dump()
    for name, (begin, end) in ranges.items():
        group, key = name.split(".")
        turned = hard[group][key] - easy[group][key]
        assert turned * (end - begin) >= 0, name


def test_a_file_changes_only_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("marketing: {channel_effect: {video: 0.0}}\n")
    changed, usual = read(str(file)), read()
    assert changed.marketing.channel_effect == usual.marketing.channel_effect | {"video": 0.0}
    assert changed.lives == usual.lives


def test_the_dial_and_a_file_add_up(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("dial: hard\nvisits: {spread: 0.2}\n")
    assert read(str(file)).visits.spread == 0.2
    assert read(str(file)).marketing == read("hard").marketing


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lives: {lapse_dayly: 1}", "lives.lapse_dayly"),
        ("lives: {lapse_daily: often}", "lives.lapse_daily"),
        ("- 1", "must map"),
        ("a: [", "no YAML"),
        ("dial: soft", "dial"),
    ],
)
def test_a_mistake_in_a_file_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(text)
    with pytest.raises(UserError, match=told) as error:
        read(str(file))
    assert "\n" not in str(error.value)


def test_an_unknown_world_names_those_that_are_known() -> None:
    with pytest.raises(UserError, match="nothing"):
        read("no_such_world")


def test_random_numbers_depend_on_the_id_alone() -> None:
    draw = Randomness(5)
    import numpy as np

    ids = np.arange(5_000)
    forward, backward = draw.uniform("a", ids, 3), draw.uniform("a", ids[::-1], 3)[::-1]
    assert (forward == backward).all()
    assert (forward != draw.uniform("a", ids, 4)).all()
    assert abs(forward.mean() - 0.5) < 0.02
    assert abs(np.corrcoef(forward, draw.uniform("b", ids, 3))[0, 1]) < 0.05
    assert len(np.unique(pair(ids[:, None], ids[None, :200]))) == 1_000_000
