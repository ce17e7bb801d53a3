"""A world's parameters from a YAML file: the dial first, then whatever the file says."""

from copy import deepcopy
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from shopkeeper.demo.omnichannel.parameters.assortment import Assortment, Group
from shopkeeper.demo.omnichannel.parameters.behaviour import Choice, Feelings, Loyalty, Marketing, Programme
from shopkeeper.demo.omnichannel.parameters.dirt import Dirt
from shopkeeper.demo.omnichannel.parameters.people import Lives, People, Visits
from shopkeeper.errors import UserError

SHIPPED = Path(__file__).parent / "worlds"


class Dial(StrEnum):
    """How hard the world is."""

    easy = "easy"
    real = "real"
    hard = "hard"


class Parameters(Group):
    """All of a world but its size and its seed."""

    dial: Dial = Field(Dial.real, description="How hard the world is; the defaults are `real`")
    assortment: Assortment = Assortment()
    people: People = People()
    lives: Lives = Lives()
    visits: Visits = Visits()
    choice: Choice = Choice()
    feelings: Feelings = Feelings()
    programme: Programme = Programme()
    marketing: Marketing = Marketing()
    loyalty: Loyalty = Loyalty()
    dirt: Dirt = Dirt()


def read(world: str | None = None, dial: str | None = None) -> Parameters:
    """Return the parameters of a world file, of a shipped world's name, or the defaults.

    Raises `UserError` when there is no such file, or it names or types a parameter wrongly.
    """
    told: dict[str, Any] = {}
    if world is not None:
        path = Path(world) if Path(world).is_file() else SHIPPED / f"{world}.yml"
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yml")))
            raise UserError(f"there is no world file {world}; give a YAML file or one of {known}")
        try:
            told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise UserError(f"{path.name} is no YAML: mend it and try again") from error
        if not isinstance(told, dict):
            raise UserError(f"{path.name} must map groups of parameters to values, such as `lives: {{…}}`")
    chosen = dial or told.get("dial", Dial.real)
    base = SHIPPED / f"{chosen}.yml"
    first = yaml.safe_load(base.read_text(encoding="utf-8")) if base.is_file() else {}
    try:
        defaults = Parameters().model_dump(mode="json")
        return Parameters.model_validate(merged(merged(merged(defaults, first), told), {"dial": chosen}))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise UserError(f"the world's parameter {place}: {fault['msg']}; see docs/demo_world.md") from None


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return ``below`` with what ``above`` says, group by group."""
    result = deepcopy(below)
    for name, value in above.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if both else value
    return result
