"""`shopkeeper privacy` erases, hands out, and shows what was done."""

from collections.abc import Iterator

import pytest
from tests.plugins.privacy.corner_shop import CornerShop
from typer.testing import CliRunner

from shopkeeper import privacy
from shopkeeper.cli.commands import app
from shopkeeper.errors import UserError
from shopkeeper.paths import PrivacyPaths
from shopkeeper.privacy import erasing
from shopkeeper.settings import settings

ANNA = ("--system", "crm", "--number", "M-1042", "--reason", "she asked")


@pytest.fixture
def home(town: CornerShop, monkeypatch: pytest.MonkeyPatch) -> Iterator[CornerShop]:
    monkeypatch.setenv("SHOPKEEPER_HOME", str(town.home.root))
    settings.cache_clear()
    yield town
    settings.cache_clear()


def printed(*words: str) -> str:
    result = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_person_is_handed_out_then_erased(home: CornerShop) -> None:
    assert "hand it out, then remove it" in printed("privacy", "export", *ANNA)
    done = printed("privacy", "erase", *ANNA)
    assert "erasure 1 is done" in done
    assert "M-1042" not in done
    status = printed("privacy", "status")
    assert "she asked" in status
    assert not list(PrivacyPaths(home.home.privacy).exports.iterdir())


def test_a_person_is_named_in_one_way(home: CornerShop) -> None:
    for words in ((), ("--system", "crm"), ("--token", "t1_0", "--system", "crm", "--number", "1")):
        with pytest.raises(UserError, match="name the person by --token, or by --system and --number"):
            printed("privacy", "erase", "--reason", "she asked", *words)


def test_any_command_finishes_a_killed_erasure(home: CornerShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(erasing.erasures, "append", killed)
        privacy.erase(home.home, privacy.Named(system="crm", number="M-1042"), "a steward", "she asked")
    assert privacy.read_erasures(home.home) == []
    printed("versions")
    (receipt,) = privacy.read_erasures(home.home)
    assert receipt.places["raw pos.sales"] == 2
    assert home.faults() == ()
