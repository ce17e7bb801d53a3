"""The job of a content that is parsed, and the receipt of the batch that it becomes."""

from datetime import datetime
from pathlib import Path

from shopkeeper.contracts import Contract
from shopkeeper.landing.jobs import AcceptedFile, Job
from shopkeeper.landing.receipts import Arrival, Receipt
from shopkeeper.settings import settings


def new_job(source: Path, file_name: str, batch_id: str, contract: Contract, now: datetime) -> Job:
    """Return a job with the configured limits; its output goes next to the source."""
    return Job(
        source=source,
        folder=source.parent,
        file_name=file_name,
        batch_id=batch_id,
        contract=contract,
        landed_at=now,
        memory_mb=settings().landing_memory_mb,
        seconds=settings().landing_seconds,
    )


def receipt_of(
    job: Job, accepted: AcceptedFile, byte_count: int, arrival: Arrival, replay_of: str | None = None
) -> Receipt:
    """Return the receipt of an accepted file."""
    return Receipt(
        batch_id=job.batch_id,
        system=job.contract.system,
        table=job.contract.table,
        contract_version=job.contract.version,
        file_name=job.file_name,
        byte_count=byte_count,
        landed_at=job.landed_at.isoformat(),
        landed_sequence=arrival.place,
        record_count=accepted.record_count,
        accepted_count=accepted.accepted_count,
        quarantined_count=accepted.quarantined_count,
        reasons=accepted.reasons,
        business_date_min=accepted.business_date_min,
        business_date_max=accepted.business_date_max,
        replay_of=replay_of,
        warnings=accepted.warnings,
        names={job.file_name: arrival},
        tokenized=tuple(column.name for column in job.contract.sealed_columns),
        dated=accepted.dated,
    )
