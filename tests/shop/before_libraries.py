"""What libraries ask when they are imported; imported before them by the process that forks (see `forks.py`)."""

import os
import sys

# Two cores are shared by processes: threads of one would only wait for each other.
os.environ["OMP_NUM_THREADS"] = "1"
# DuckDB takes a process without a main file for a console, and draws progress into the output of slow queries.
sys.modules["__main__"].__file__ = __file__
