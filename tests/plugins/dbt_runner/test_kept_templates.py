"""The code of dbt's templates is compiled once, and kept."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt_common.clients.jinja import MacroFuzzEnvironment, get_template

from shopkeeper.dbt_runner import templates
from shopkeeper.paths import Home

SALES = "select {% for day in days %}{{ day }}{{ ', ' if not loop.last }}{% endfor %} from sales"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setattr(templates, "PARSED_PROJECT", tmp_path / "environment" / "parsed")
    kept = dict(templates._codes), set(templates._kept), set(templates._read)
    forget()
    yield Home(tmp_path / "home")
    forget()
    templates._codes.update(kept[0])
    templates._kept.update(kept[1])
    templates._read.update(kept[2])


def forget() -> None:
    for room in (templates._codes, templates._kept, templates._read):
        room.clear()


def rendered() -> str:
    return get_template(SALES, {}).render({"days": ["monday", "tuesday"]})


def test_a_template_is_compiled_once_for_all_processes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    templates.load(home)
    first = rendered()
    templates.keep(home)
    forget()
    templates.load(home)
    monkeypatch.setattr(MacroFuzzEnvironment, "_generate", lambda *_, **__: pytest.fail("compiled again"))
    assert rendered() == first == "select monday, tuesday from sales"


@pytest.mark.parametrize(
    "content", [b"", b"damaged", pickle.dumps((("an older Python",), {b"key": b"code"}))]
)
def test_a_damaged_or_old_file_of_templates_is_ignored(home: Home, content: bytes) -> None:
    file = home.root / "airflow" / "dbt" / "templates.pickle"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    templates.load(home)
    assert not templates._codes
    assert rendered() == "select monday, tuesday from sales"
