"""Arrays and tables in unnamed files: the kernel may write their pages out instead of holding them."""

from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile

import numpy as np
import pyarrow as pa


class Scratch:
    """Files below a folder that end with the process; without a folder all stays in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def array(self, shape: int | tuple[int, ...], kind: np.dtype | type) -> np.ndarray:
        """Return an array whose values are yet to be written."""
        if self._folder is None or not np.prod(shape):
            return np.empty(shape, kind)
        with TemporaryFile(dir=self._folder) as file:
            return np.memmap(file, kind, "w+", shape=shape).view(np.ndarray)

    def table(self, rows: pa.Table) -> pa.Table:
        """Return the same table."""
        if self._folder is None or not rows.nbytes:
            return rows
        with NamedTemporaryFile(dir=self._folder) as file:
            with pa.ipc.new_file(file, rows.schema) as writer:
                writer.write_table(rows)
            file.flush()
            with pa.memory_map(file.name) as source:
                return pa.ipc.open_file(source).read_all()


IN_MEMORY = Scratch()
