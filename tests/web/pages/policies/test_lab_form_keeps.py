"""The form keeps what it shows: every policy a file can hold comes back from the page, to the byte."""

import random
import re

import pytest

from app.triage.policies.document import digest_of
from app.triage.policies.policy import Policy
from app.triage.policies.toml import toml_of
from app.triage.refusal import PolicyImpossible
from app.web.pages.policies.lab.form import LabForm, form_in, form_of
from app.web.pages.policies.lab.form_view import form_view
from app.web.pages.policies.lab.inputs import input_in, policy_in
from app.web.pages.policies.lab.page import LabPage, Shown
from app.web.pages.rendering import render
from tests.web.pages.builders import a_policy
from tests.web.pages.policies.drawn_policies import LOCALES, as_typed, drawn_policy
from tests.web.pages.policies.lab_builders import SPAN, a_lab
from tests.web.pages.submitting import controls, sent, submitted, typed_numbers

LAB = a_lab(figures=None, pictures=None, versions=())


def the_page(form: LabForm) -> str:
    """Return the lab with a form that was tried, without what would be drawn of it."""
    asked = input_in(form)
    shown = Shown(digest=digest_of(asked.policy), setting=asked.setting)
    page = LabPage(
        **{name: getattr(LAB, name) for name in LAB.__slots__} | {"form": form_view(form), "shown": shown}
    )
    return bytes(render("thresholds/page.html", page).body).decode()


def check_kept(policy: Policy, locale: str) -> None:
    """Show a policy, send the form untouched, and typed anew in a locale; both are the policy."""
    of = controls(the_page(form_of(policy, parent_id=1, span=SPAN)))
    typed = {name: as_typed(text, locale) for name, text in typed_numbers(of).items()}
    for changes in ({}, typed):
        form = form_in(sent(of, changes))
        asked = input_in(form)
        assert toml_of(asked.policy).encode() == toml_of(policy).encode()
        assert asked.is_as_shown(form)
        assert asked.span == SPAN


@pytest.mark.parametrize("locale", LOCALES)
def test_the_form_keeps_every_policy_that_a_file_can_hold(locale: str) -> None:
    for seed in range(60):
        check_kept(drawn_policy(random.Random(seed)), locale)


@pytest.mark.slow
@pytest.mark.parametrize("thousand", range(10))
def test_the_form_keeps_ten_thousand_drawn_policies_typed_in_three_locales(thousand: int) -> None:
    for seed in range(1000 * thousand, 1000 * thousand + 1000):
        check_kept(drawn_policy(random.Random(seed)), LOCALES[seed % len(LOCALES)])


def test_the_drawn_policies_are_of_every_kind() -> None:
    """The two tests above are worth nothing where the draw leaves a kind out."""
    drawn = [drawn_policy(random.Random(seed)) for seed in range(300)]
    documents = " ".join(toml_of(policy) for policy in drawn)
    for name in ("approve_legit_at_least", "decline_legit_at_most", "spread_at_most", "novelty_at_most"):
        assert re.search(rf"^{name} = ", documents, re.MULTILINE)
        assert f"# {name}: no limit" in documents
    assert {0, 24} <= {len(policy.bands) for policy in drawn}
    assert any(band.bounds.decline_legit_at_most for policy in drawn for band in policy.bands)
    assert {1e12, -1e12, 5e-324} <= {policy.approve_at_most for policy in drawn} | {
        policy.costs.review for policy in drawn
    }
    assert any("\r" in policy.model_version for policy in drawn)


def test_a_policy_that_differs_in_one_band_alone_is_not_the_one_that_was_shown() -> None:
    form = form_of(drawn_policy(random.Random(0)), parent_id=1, span=SPAN)
    page = the_page(form)
    assert input_in(form).policy.bands
    changed = form_in(submitted(page, **{"bands.0.decline_at_least": "7.5"}))
    assert not input_in(changed).is_as_shown(changed)
    emptied = form_in([(name, "" if name.startswith("bands.") else value) for name, value in submitted(page)])
    assert input_in(emptied).policy.bands == ()
    assert not input_in(emptied).is_as_shown(emptied)


@pytest.mark.parametrize(
    "changes", [{"since": "2026-04-30T00:00:00"}, {"set_by": "promise"}, {"parent_id": "2"}]
)
def test_a_window_a_wish_or_a_parent_that_was_not_shown_is_not_kept(changes: dict[str, str]) -> None:
    fields = dict(submitted(the_page(form_of(a_policy(), parent_id=1, span=SPAN))))
    changed = form_in((fields | changes).items())
    assert not input_in(changed).is_as_shown(changed)


BAND = ("amount_from", "approve_at_most", "decline_at_least")


@pytest.mark.parametrize(
    ("rows", "field", "says"),
    [
        ({0: ("100", "-4", "")}, "0.decline_at_least", "Amount band 1, decline from is missing"),
        ({0: ("abc", "", "")}, "0.amount_from", "Amount band 1, amounts from: “abc” is not a number"),
        ({0: ("-5", "", "")}, "0.amount_from", "Amount band 1, amounts from must be from 0 to"),
        ({0: ("0", "0", "3")}, "0.amount_from", "Amount band 1 must begin above 0"),
        ({0: ("100", "0", "3"), 2: ("50", "0", "3")}, "2.amount_from", "Amount band 3 must begin above 100"),
        ({1: ("1.000", "", "")}, "1.amount_from", "may mean 1000 or 1"),
        ({0: ("5", "1_0", "")}, "0.approve_at_most", "“1_0” is not a number"),
    ],
)
def test_a_band_that_means_nothing_names_its_field_and_its_row(
    rows: dict[int, tuple[str, ...]], field: str, says: str
) -> None:
    fields = dict(submitted(the_page(form_of(a_policy(), parent_id=1, span=SPAN))))
    for row, texts in rows.items():
        fields |= {f"bands.{row}.{name}": text for name, text in zip(BAND, texts, strict=True)}
    form = form_in(fields.items())
    with pytest.raises(PolicyImpossible) as caught:
        policy_in(form)
    assert caught.value.field == f"bands.{field}"
    assert says in str(caught.value)
    view = form_view(form, mistaken=caught.value.field)
    assert view.bands_are_open
    assert [each.name for band in view.bands for each in band.inputs if each.is_mistaken] == [
        f"bands.{field}"
    ]
