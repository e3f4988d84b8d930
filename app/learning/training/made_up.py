"""Rows that are made up for training; none leaves the training part of its fold."""

import numpy as np
from numpy.random import Generator

from app.scoring.arrays import Flags, Floats
from app.scoring.schema.encoding import Encoding

# Of a made-up row's columns this share comes from the other parent.
SHARES = (0.1, 0.3, 0.5)
#: Of a category's words, so many are hidden from the network.
HIDDEN_SHARE = 0.01


def between_rows(
    raw: Floats, is_fraud: Flags, *, rows: int, fraud_weight: float, generator: Generator
) -> Floats:
    """Return rows between pairs of real rows, shape (rows, columns): where a teacher is asked.

    A tenth, three tenths or half of a row's columns move part of the way to another row (after
    MUNGE, Bucila, Caruana and Niculescu-Mizil 2006); a fraud is drawn `fraud_weight` times as often.
    """
    chance = np.where(is_fraud, fraud_weight, 1.0)
    chance /= chance.sum()
    first, second = (raw[generator.choice(len(raw), rows, p=chance)] for _ in range(2))
    share = generator.choice(SHARES, (rows, 1))
    moves = generator.random(first.shape) < share
    way = np.where(moves, generator.random(first.shape), 0.0)
    return np.asarray(first + way * (second - first))


def with_hidden_words(raw: Floats, encoding: Encoding, *, generator: Generator) -> Floats:
    """Return the rows with a hundredth of each category's words as if nobody had ever seen them.

    An unseen word says nothing: from these rows the network learns what to make of one.
    """
    hidden = raw.copy()
    for block in encoding.blocks:
        if block.words is not None:
            rows = np.flatnonzero(generator.random(len(raw)) < HIDDEN_SHARE)
            hidden[rows, block.begin : block.begin + len(block.columns)] = 0.0
            hidden[rows, block.unseen] = 1.0
    return hidden


def far_off(raw: Floats, *, rows: int, generator: Generator) -> Floats:
    """Return rows that belong to no class: each column drawn on its own, and stretched twofold.

    Outlier exposure (Hendrycks et al. 2019) without a second data set.
    """
    columns = [column[generator.integers(0, len(raw), rows)] for column in raw.T]
    drawn, centre = np.column_stack(columns), raw.mean(axis=0)
    return np.asarray(centre + 2 * (drawn - centre))


def oversampled(raw: Floats, is_fraud: Flags, *, seed: int) -> tuple[Floats, Flags]:
    """Return the rows with synthetic frauds added, one fraud in eleven (SMOTE, Chawla et al. 2002).

    Raises ImportError where imbalanced-learn (extra `compare`) is not installed.
    """
    from imblearn.over_sampling import SMOTE

    made, labels = SMOTE(sampling_strategy=0.1, random_state=seed).fit_resample(raw, is_fraud)
    return np.asarray(made), np.asarray(labels, dtype=np.bool_)
