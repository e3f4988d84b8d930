"""Views of the queue: kept and read again the same, and readable whatever was kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.access.people import Account, Role
from app.review.queue.columns import ALWAYS, STANDARD, QueueColumn, QueueOrder, QueueSort, read_columns
from app.review.queue.views import (
    LONGEST_FILTER,
    LONGEST_VIEW_NAME,
    MOST_FILTERS,
    QueueView,
    ViewDocument,
    ViewNameImpossible,
    read_document,
    view_name,
)
from app.review.text import name_key

filters = st.dictionaries(
    st.sampled_from(["state", "cause", "amount_from", "name", "value", "mine"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
documents = st.builds(
    ViewDocument,
    filters=filters,
    columns=st.lists(st.sampled_from([column.value for column in QueueColumn])).map(read_columns),
    sort=st.builds(QueueSort, by=st.sampled_from(QueueOrder), is_reversed=st.booleans()),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_a_view_is_read_as_it_was_kept(document: ViewDocument) -> None:
    kept = json.loads(json.dumps(document.as_json()))
    assert read_document(kept).as_json() == document.as_json()


@given(
    st.dictionaries(st.sampled_from(["filters", "columns", "sort", "colour"]), json_values)
    | st.dictionaries(st.text(max_size=6), json_values)
)
def test_whatever_was_kept_opens_as_a_list(kept: dict[str, object]) -> None:
    document = read_document(kept)
    assert set(ALWAYS) <= set(document.columns)
    assert len(document.filters) <= MOST_FILTERS
    assert all(len(value) <= LONGEST_FILTER for value in document.filters.values())


def test_a_column_and_a_sort_that_exist_no_more_are_passed_over() -> None:
    old = {"filters": {"tint": "red"}, "columns": ["tint", "amount", "case"], "sort": "-tint"}
    document = read_document(old)
    assert document.columns == (QueueColumn.AMOUNT, QueueColumn.CASE, QueueColumn.ASSIGNEE)
    assert document.sort == QueueSort()
    assert read_document({"columns": ["tint"]}).columns == STANDARD


@given(st.text(max_size=LONGEST_VIEW_NAME + 20))
def test_a_name_is_kept_readable_or_refused(typed: str) -> None:
    try:
        name = view_name(typed)
    except ViewNameImpossible:
        return
    assert name_key(name)
    assert 1 <= len(name) <= LONGEST_VIEW_NAME
    assert view_name(name) == name


@pytest.mark.parametrize("typed", ["", "   ", "x" * 61, "a\u202eb", "\u200b"])
def test_some_names_are_none(typed: str) -> None:
    with pytest.raises(ViewNameImpossible):
        view_name(typed)


@given(st.sampled_from([role for role in Role if role is not Role.SYSTEM]), st.booleans(), st.booleans())
def test_a_view_is_seen_and_changed_by_whom_it_is_for(role: Role, is_mine: bool, is_shared: bool) -> None:
    account = Account(id=1, name="ada", display_name="Ada", role=role)
    view = QueueView(
        id=1,
        owner_id=1 if is_mine else 2,
        owner="?",
        name="Large",
        is_shared=is_shared,
        document=ViewDocument(filters={}),
        version=1,
    )
    assert view.may_be_seen(account) is (is_mine or is_shared)
    assert view.may_be_changed(account) is (is_mine or (is_shared and role is Role.MANAGER))
