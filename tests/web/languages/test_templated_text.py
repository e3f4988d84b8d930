"""What pure code tells is English to everything but a page, which says it in its reader's language."""

import copy
import json
import pickle
from dataclasses import replace

import pytest

from app.review.access.languages import Language
from app.scoring.templated_text import Counted, Templated, recalled, together
from app.triage.guard_rails import superseded
from app.triage.simulation.observed import MINIMUM, Observed
from app.triage.written_numbers import count, few, percent, plural
from app.web.languages.reader import Reader, read_by
from app.web.languages.sentences import said

GERMAN = Reader(language=Language.GERMAN)


def test_a_sentence_is_said_with_its_figures_and_its_parts() -> None:
    observed = Observed(decisions=1234, first_at=0.0, last_at=86_400.0 * 3.5)
    assert observed.told == "1\u202f234 decisions observed in 3.5 days"
    assert said(observed.told) == observed.told
    with read_by(GERMAN):
        assert said(observed.told) == "1.234 Entscheidungen beobachtet in 3,5 Tagen"
        assert said(replace(observed, decisions=1).told).startswith("1 Entscheidung ")
        assert said(MINIMUM) == "20 Stunden und 100 Entscheidungen"
        assert said(few(0.01)) == "unter 0,1"
        assert said(percent(0.0123)) == "1,2\u202f%"


def test_what_is_kept_sent_and_compared_is_english() -> None:
    warning = superseded(7)
    with read_by(GERMAN):
        assert warning.sentence.endswith("it would undo what version 7 changed.")
        assert json.loads(json.dumps(warning.sentence)) == warning.sentence
        assert said(str(warning.sentence)) == warning.sentence
        assert said(warning.sentence).endswith("was Version 7 ge\u00e4ndert hat.")


@pytest.mark.parametrize(
    "told",
    [Templated("at most %(share)s", share=percent(0.5)), plural(2, "bound", "bounds"), count(1234)],
)
def test_a_copy_is_said_as_what_it_is_a_copy_of(told: str) -> None:
    with read_by(GERMAN):
        for again in (copy.deepcopy(told), pickle.loads(pickle.dumps(told))):  # noqa: S301 - our own
            assert (again, said(again)) == (told, said(told))


def test_what_people_wrote_is_never_translated() -> None:
    with read_by(GERMAN):
        assert said("Queue") == "Queue"
        told = Templated(
            "%(client)s sends payments unlike what the model learned from.", client="Queue 1.5 %"
        )
        assert said(told).startswith("Queue 1.5 % sendet")


def test_a_stored_sentence_that_is_known_as_a_whole_is_said() -> None:
    with read_by(GERMAN):
        assert said(recalled("held-out")) == "zur\u00fcckgehalten"
        assert said(recalled("100 % of what nobody knows")) == "100 % of what nobody knows"
        assert (
            said(together([Templated("a day"), Counted("2", "bound", "bounds", 2)], ", "))
            == "am Tag, 2 Grenzen"
        )
