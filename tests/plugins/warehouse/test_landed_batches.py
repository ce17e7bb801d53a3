"""What was remembered of receipts is what they say, whatever has happened to them since."""

from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.shop.versions import MONDAY, TUESDAY, Shop

from shopkeeper.errors import UserError
from shopkeeper.files import write_json
from shopkeeper.landing import Receipt, expire, quarantine, read_receipts
from shopkeeper.paths import Home
from shopkeeper.warehouse import batch_list, landed_batches
from shopkeeper.warehouse.landed_batches import Batch, landed, remember_landed

SHARED = Batch.__dataclass_fields__.keys() & Receipt.__dataclass_fields__.keys()
DEEDS = ("land", "send again", "hold", "release", "erase", "expire", "lose", "refresh", "refresh")


def read_anew(home: Home) -> list[Batch]:
    found = [Batch(**{name: getattr(each, name) for name in SHARED}) for each in read_receipts(home)]
    return sorted(found, key=lambda batch: (batch.landed_sequence, batch.batch_id))


def issue_anew(home: Home, receipt: Receipt, number: int) -> None:
    """Do what an erasure does to a receipt: the same batch has other rows."""
    anew = replace(receipt, raw_sha256=f"{number:064}", erasures=(*receipt.erasures, number))
    write_json(home.batch(receipt.system, receipt.table, receipt.batch_id).receipt, asdict(anew))


@given(deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 9)), max_size=16))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_remembered_batches_are_those_read_anew(shop: Shop, tmp_path_factory, deeds) -> None:
    shop = type(shop)(Home(tmp_path_factory.mktemp("home")))
    home, known = shop.home, dict[str, int]()
    home.state.mkdir(parents=True)
    for number, (deed, which) in enumerate(deeds):
        receipts = list(read_receipts(home))
        one = receipts[which % len(receipts)] if receipts else None
        if deed == "land":
            shop.land(f"till_{which}.csv", [(str(number), "1", "1.00")])
        elif deed == "refresh":
            known = {b.batch_id: b.landed_sequence for b in remember_landed(home) if not b.expired_at}
        elif one is not None and deed == "send again":
            shop.send_again(one.batch_id, f"till_{(which + number) % 10}.csv")
        elif one is not None and deed == "hold":
            batch_list.hold(home, one.batch_id)
        elif one is not None and deed == "release":
            batch_list.release(home, one.batch_id)
        elif one is not None and deed == "erase":
            issue_anew(home, one, number)
        elif one is not None and deed == "expire":
            expire(home, [one], "P1Y")
        elif one is not None:
            home.batch(one.system, one.table, one.batch_id).receipt.unlink()
            known.pop(one.batch_id, None)
        assert landed(home) == read_anew(home)
        assert batch_list.survey(home, known) == batch_list.survey(home, known, read_anew(home))
        assert batch_list.survey(home, known, remember_landed(home)) == batch_list.survey(home, known)


def test_a_refresh_reads_only_the_receipts_that_are_new(shop: Shop, monkeypatch) -> None:
    first = shop.land("till_1.csv", MONDAY)
    shop.refresh()
    read, real = list[str](), landed_batches.read_receipt
    monkeypatch.setattr(landed_batches, "read_receipt", lambda path: read.append(path.stem) or real(path))
    second = shop.land("till_2.csv", TUESDAY)
    shop.refresh()
    assert read == [second]
    assert shop.refresh() is None and read == [second]
    (receipt,) = (each for each in read_receipts(shop.home) if each.batch_id == first)
    write_json(shop.home.batch("pos", "lines", first).receipt, asdict(receipt))
    assert shop.refresh() is None and read == [second, first]
    shop.refresh(full=True)
    assert sorted(read[2:]) == sorted([first, second])


@pytest.mark.parametrize("damage", ["lost", "empty", "cut", "changed", "of another version"])
def test_a_damaged_memory_is_read_anew(shop: Shop, damage: str) -> None:
    shop.land("till_1.csv", MONDAY)
    shop.refresh()
    memory = shop.home.landed_batches
    content = memory.read_bytes()
    if damage == "lost":
        memory.unlink()
    elif damage == "of another version":
        landed_batches.pq.write_table(landed_batches.pa.table({"batch_id": ["1"]}), memory)
    else:
        place = content.index(b"till_1.csv")
        changed = content[:place] + b"till_9.csv" + content[place + 10 :]
        memory.write_bytes({"empty": b"", "cut": content[:-9], "changed": changed}[damage])
    assert landed(shop.home) == read_anew(shop.home)
    assert remember_landed(shop.home) == landed(shop.home)


def test_a_receipt_that_is_damaged_later_stops_the_refresh(shop: Shop) -> None:
    batch_id = shop.land("till_1.csv", MONDAY)
    shop.refresh()
    shop.home.batch("pos", "lines", batch_id).receipt.write_text("{}")
    with pytest.raises(UserError, match="it is no receipt"):
        shop.refresh()


@pytest.mark.parametrize(
    "finding", [batch_list.hold, lambda home, start: quarantine.take_back(home, start, "wrong")]
)
def test_a_batch_is_found_by_names_alone(shop: Shop, finding) -> None:
    one, other = shop.land("till_1.csv", MONDAY), shop.land("till_2.csv", TUESDAY, replay_of="0" * 64)
    shop.home.batch("pos", "lines", one).receipt.write_text("no receipt")
    with pytest.raises(UserError, match=r"no batch starts with ffff.*batches list"):
        finding(shop.home, "ffff")
    with pytest.raises(UserError, match="more than one batch starts"):
        finding(shop.home, "")
    finding(shop.home, other[:12])
    assert batch_list.read_holds(shop.home).keys() == {other}
