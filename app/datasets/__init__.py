"""Data files: what kind they are, whether they can be read, and what stands in which of their lines."""

from app.datasets.cells import AMOUNT, CLASS
from app.datasets.file_kind import file_sha256
from app.datasets.generators import load_generator, save_generator
from app.datasets.header import TIME
from app.datasets.refusal import DatasetRefused, shown
from app.datasets.transactions import (
    KAGGLE_NAMES,
    Inspection,
    TransactionFile,
    checked_labels,
    inspect,
    read_labelled,
    read_transactions,
)

__all__ = [
    "AMOUNT",
    "CLASS",
    "KAGGLE_NAMES",
    "TIME",
    "DatasetRefused",
    "Inspection",
    "TransactionFile",
    "checked_labels",
    "file_sha256",
    "inspect",
    "load_generator",
    "read_labelled",
    "read_transactions",
    "save_generator",
    "shown",
]
