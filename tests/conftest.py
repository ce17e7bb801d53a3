"""Tests choose their retailer themselves, whatever the environment names."""

import os

os.environ.pop("SHOPKEEPER_RETAILER", None)
