"""Where the truth of one home lies, whose world it is, and how far it has been lived.

::

    <home>-truth/world.json          seed, size, parameters, days lived
                 tables/<table>/<first>_<last>.parquet
                 records/<first>_<last>.parquet     what each record of a dropped file stands for
                 checkpoint/                        everything the next day needs
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.scratch import Scratch
from shopkeeper.errors import UserError


@dataclass(frozen=True)
class Identity:
    """What makes two worlds the same one."""

    seed: int
    person_count: int
    parameters: Parameters

    def as_json(self) -> dict[str, Any]:
        """Return it as `world.json` holds it."""
        return {
            "seed": self.seed,
            "persons": self.person_count,
            "parameters": self.parameters.model_dump(mode="json"),
        }


class TruthFolder:
    """The truth beside one home."""

    def __init__(self, home: Path) -> None:
        self.root = home.with_name(f"{home.name}-truth")

    @property
    def _world(self) -> Path:
        return self.root / "world.json"

    def told(self) -> dict[str, Any] | None:
        """Return what `world.json` says, or None before the first run."""
        return json.loads(self._world.read_text()) if self._world.is_file() else None

    def identity(self) -> Identity:
        """Return whose truth this is. Raises `UserError` when there is none."""
        told = self.told()
        if told is None:
            raise UserError(f"{self.root} holds no world; run `shopkeeper demo omnichannel` first")
        return Identity(told["seed"], told["persons"], Parameters.model_validate(told["parameters"]))

    def claim(self, identity: Identity) -> tuple[int, int | None]:
        """Return the days lived, and the last day of a run that was cut short; refuse another world's
        folder.
        """
        told = self.told()
        if told is None:
            return 0, None
        if {key: told[key] for key in identity.as_json()} != identity.as_json():
            raise UserError(
                f"{self.root} holds another world (seed {told['seed']}, {told['persons']} persons); "
                "give the same seed, customers and world, or another SHOPKEEPER_HOME"
            )
        return told["days"], told.get("unfinished_until")

    def write_down(self, identity: Identity, days: int, unfinished_until: int | None) -> None:
        """Write `world.json`."""
        self.root.mkdir(parents=True, exist_ok=True)
        told = identity.as_json() | {"days": days, "unfinished_until": unfinished_until}
        partial = self._world.with_suffix(".partial")
        partial.write_text(json.dumps(told, indent=1) + "\n")
        partial.replace(self._world)

    def table_file(self, table: str, first: int, last: int) -> Path:
        """Return where a table's rows of some days lie."""
        return self.root / "tables" / table / f"{first:05}_{last:05}.parquet"

    def records_file(self, first: int, last: int) -> Path:
        """Return where the records of the files dropped on some days are explained."""
        return self.root / "records" / f"{first:05}_{last:05}.parquet"

    def read(self, table: str) -> pa.Table:
        """Return all rows of a planted table."""
        folder = self.root / ("records" if table == "file_records" else f"tables/{table}")
        return pa.concat_tables([pq.read_table(file) for file in sorted(folder.glob("*.parquet"))])

    def save_checkpoint(
        self, arrays: dict[str, np.ndarray], tables: Iterable[tuple[str, pa.Table]],
        files: dict[str, IO[bytes]], plain: Any,
    ) -> None:  # fmt: skip
        """Lay down everything that the next day needs, in place of the former checkpoint."""
        fresh, old = self.root / "checkpoint.new", self.root / "checkpoint"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name, values in arrays.items():
            np.save(fresh / f"{name}.npy", values, allow_pickle=False)
        for name, rows in tables:
            pq.write_table(rows, fresh / f"{name}.parquet")
        for name, content in files.items():
            content.seek(0)
            with (fresh / name).open("wb") as target:
                shutil.copyfileobj(content, target)
        (fresh / "plain.json").write_text(json.dumps(plain))
        shutil.rmtree(old, ignore_errors=True)
        fresh.replace(old)

    @property
    def _checkpoint(self) -> Path:
        folder = self.root / "checkpoint"
        return folder if folder.is_dir() else self.root / "checkpoint.new"

    def checkpoint_plain(self) -> Any:
        """Return the plain values of the checkpoint."""
        return json.loads((self._checkpoint / "plain.json").read_text())

    def checkpoint_array(self, name: str, scratch: Scratch) -> np.ndarray:
        """Return one array of the checkpoint, to be changed."""
        laid = np.load(self._checkpoint / f"{name}.npy", mmap_mode="r")
        values = scratch.array(laid.shape, laid.dtype)
        values[...] = laid
        return values

    def checkpoint_tables(self, prefix: str, scratch: Scratch) -> dict[str, pa.Table]:
        """Return the tables of the checkpoint whose names begin so, by the rest of their names."""
        found = sorted(self._checkpoint.glob(f"{prefix}*.parquet"))
        return {file.stem.removeprefix(prefix): scratch.table(pq.read_table(file)) for file in found}

    def checkpoint_file(self, name: str) -> IO[bytes]:
        """Return one file of the checkpoint; it stays readable when another checkpoint is laid down."""
        return (self._checkpoint / name).open("rb")
