"""Tests choose their retailer themselves and ignore the environment's choice."""

import os

os.environ.pop("SHOPKEEPER_RETAILER", None)
