"""Replays refused rows after the rule or the row was corrected. Adds a new batch; never changes an old one.

Rows that pass become one batch with an id derived from its origin and content; the others stay open. A second
replay therefore changes nothing.
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shopkeeper.contracts import Catalog
from shopkeeper.contracts import catalog as read_catalog
from shopkeeper.engine import scan
from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of
from shopkeeper.landing import receipts
from shopkeeper.landing.checking import checks, row_days
from shopkeeper.landing.checking.persons import without_persons
from shopkeeper.landing.damage import find_damage
from shopkeeper.landing.inbox.contents import Content, Contents
from shopkeeper.landing.inbox.landing_order import next_sequence
from shopkeeper.landing.inbox.new_batches import new_job, receipt_of
from shopkeeper.landing.inbox.run import lock, work_folder
from shopkeeper.landing.jobs import AcceptedFile
from shopkeeper.landing.machine import NotParsed
from shopkeeper.landing.quarantine import listing as quarantine
from shopkeeper.landing.quarantine import rechecking
from shopkeeper.landing.quarantine.corrections import Changes, given_corrections, read_corrections
from shopkeeper.landing.quarantine.keys import find_key
from shopkeeper.landing.quarantine.settlements import read_taken_back, remove_taken_back
from shopkeeper.landing.reading.rows import LINE_NUMBER
from shopkeeper.landing.receipts import Arrival, NewBatch, Receipt, find_receipt
from shopkeeper.landing.refusals import RowRefusal, read_layout
from shopkeeper.landing.refused_files import refused_file
from shopkeeper.landing.sealing import readable, seal_accepted, vault_for
from shopkeeper.landing.suppression import read_suppression
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.landing.worker.parsing import connect
from shopkeeper.paths import Home, WorkPaths
from shopkeeper.sentences import Sentence, joined
from shopkeeper.settings import settings

MOST_TOLD = 5


@dataclass(frozen=True)
class Replay:
    """The result of a replay: its new batch (`None` if nothing passed), its rows, what is still refused.

    With corrections `still_refused` counts the corrected rows, and `detail` says why.
    """

    replay_of: str
    batch_id: str | None
    accepted_count: int
    still_refused: dict[str, int]
    detail: str = ""


def replay(
    home: Home,
    start: str,
    corrections: Path | Mapping[str, Changes] | None = None,
    catalog: Catalog | None = None,
) -> Replay:
    """Check again the open rows of the batch whose id begins with `start`, with corrections applied.

    `corrections`: a file, or the changes by line number. A file that was refused whole is landed again.
    Raises `UserError` for an unknown batch and for corrections that do not fit, `Fenced` while another
    landing is running.
    """
    contracts = catalog or read_catalog()
    with lock(home), work_folder(home) as work:
        key = find_key(home, start)
        refusal = quarantine.open_refusal(home, key)
        if refusal is not None:
            if corrections:
                why = "{file} was refused whole; correct the file and drop it into the inbox"
                raise UserError(Sentence(why, file=refusal["file_name"]))
            return _replay_file(home, work, key, refusal, contracts)
        origin = find_receipt(home, key)
        if origin is None or not quarantine.open_rows(home, origin).num_rows:
            return Replay(key, None, 0, {}, Sentence("nothing of it is open"))
        return _replay_rows(home, work, origin, corrections, contracts)


def _replay_file(home: Home, work: Path, key: str, refusal: dict[str, Any], contracts: Catalog) -> Replay:
    system, name, batch_id = refusal["system"], refusal["file_name"], refusal["batch_id"]
    contract = contracts.for_file(system, name)
    if contract is None:
        why = "no contract names {system}/{file} any more; write one, or delete the file"
        raise UserError(Sentence(why, system=system, file=name))
    if refusal.get("erasures"):
        gone = "{file} named a person who was erased; let its producer send it again"
        raise UserError(Sentence(gone, file=name))
    copy = WorkPaths(work).source
    kept = refused_file(home, key, name)
    if "sealed_sha256" in refusal:
        from shopkeeper.vault import open_vault

        open_vault(home).open_file(kept, copy, key, quarantine.WITHIN, "replay")
    else:
        shutil.copyfile(kept, copy)
    if sha256_of(copy) != batch_id:
        raise UserError(f"{kept} is not what was refused; drop {system}/{name} into the inbox again")
    number = next_sequence(home)
    arrival = Arrival(refusal.get("landed_sequence", number), number)
    with Parser() as parser:
        content = Content(batch_id, copy, name, contract, arrival, refusal.get("refused_at"))
        (landed,) = Contents(home, [parser], vault_for(home, [contract])).take([content])
    if landed.result == "not_parsed":
        raise NotParsed(landed.detail)
    known = find_receipt(home, landed.batch_id or "")
    if known is not None and remove_taken_back(home, known.batch_id):
        return Replay(batch_id, known.batch_id, known.accepted_count, {})
    is_new = landed.result == "accepted"
    still_refused = {landed.detail.partition(":")[0]: 1} if landed.result == "refused" else {}
    return Replay(
        batch_id, landed.batch_id if is_new else None, landed.accepted_count, still_refused, landed.detail
    )


def _replay_rows(
    home: Home,
    work: Path,
    origin: Receipt,
    corrections: Path | Mapping[str, Changes] | None,
    contracts: Catalog,
) -> Replay:
    batch_id = origin.batch_id
    contract = contracts.contract(origin.system, origin.table)
    kept = readable(home, quarantine.open_rows(home, origin), quarantine.WITHIN, "replay").to_pylist()
    if isinstance(corrections, Path):
        corrected = read_corrections(corrections, contract)
    else:
        corrected = given_corrections(corrections or {}, contract)
    strangers = corrected.keys() - {row["line_number"] for row in kept}
    if strangers:
        facts = {"line": min(strangers), "file": origin.file_name}
        raise UserError(Sentence("line {line} of {file} is not open; correct only lines that are", **facts))
    layout = read_layout(home.batch(origin.system, origin.table, batch_id).quarantine)
    values, refusals = rechecking.read_rows(kept, layout, contract, corrected)
    now = datetime.now(UTC)
    with connect(work, settings().landing_memory_mb) as connection:
        relation, misfits = rechecking.write_relation(connection, work, contract, values)
        beside = _raw_files(home, origin)
        refusals = rechecking.find_refusals(connection, relation, beside, contract, now, refusals + misfits)
        refused = [refusal.line_number for refusal in refusals]
        passed = {line: values[line] for line in sorted(values.keys() - set(refused))}
        told = [each for each in refusals if not corrected or each.line_number in corrected]
        still_refused = dict(Counter(refusal.reason for refusal in told).most_common())
        detail = joined(map(_why, told[:MOST_TOLD])) if corrected and told else ""
        if not passed:
            return Replay(batch_id, None, 0, still_refused, detail or Sentence("no row passes yet"))
        columns = [column.name for column in contract.columns]
        columns += [] if rechecking.is_parquet(contract) else [LINE_NUMBER]
        rows = WorkPaths(work).accepted
        checks.write_accepted(connection, relation, columns, refused, rows, replayed=list(passed))
        first, last = row_days.business_days(connection, scan(rows), contract) or (None, None)
        dated = row_days.dated_days(connection, scan(rows), contract)
        accepted = AcceptedFile(rows, None, len(passed), len(passed), 0, {}, first, last, (), dated=dated)
        vault, suppression = vault_for(home, [contract]), read_suppression(home)
        key = vault.token_key if vault else None
        accepted = without_persons(accepted, contract, work, key, suppression)
    content = json.dumps([batch_id, list(passed.items())])
    replayed = hashlib.sha256(content.encode()).hexdigest()
    job = new_job(rows, origin.file_name, replayed, contract, now)
    if vault:
        accepted = seal_accepted(vault, job, accepted)
    number = next_sequence(home)
    receipt = receipt_of(job, accepted, len(content), Arrival(number, number), batch_id)
    receipts.commit(home, [NewBatch(receipt, accepted.accepted, None)])
    remove_taken_back(home, replayed)
    return Replay(batch_id, replayed, len(passed), still_refused, detail)


def _why(refusal: RowRefusal) -> str:
    """Return why a corrected row is refused still, without any of its values."""
    facts = {"line": refusal.line_number, "reason": Sentence(refusal.reason)}
    if refusal.column is None:
        said = Sentence("line {line}: {reason}", **facts)
    else:
        said = Sentence("line {line}: {reason} in {column}", **facts, column=refusal.column)
    return joined([said, refusal.detail]) if refusal.detail else said


def _raw_files(home: Home, origin: Receipt) -> list[Path]:
    """Return the raw files of a batch and of its replays that count; `UserError` if one is damaged."""
    landed = receipts.read_receipts(home, origin.system, origin.table)
    taken_back = read_taken_back(home)
    same_file = [
        r for r in landed if origin.batch_id in (r.batch_id, r.replay_of) and r.batch_id not in taken_back
    ]
    for receipt in same_file:
        if damage := find_damage(home, receipt):
            raise UserError(damage)
    return [home.batch(r.system, r.table, r.batch_id).rows for r in same_file]
