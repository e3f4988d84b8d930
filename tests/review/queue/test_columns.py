"""Columns and sorts of the queue: whatever is written, a list of known columns, each once, comes of it."""

from hypothesis import given
from hypothesis import strategies as st

from app.review.queue.columns import (
    ALWAYS,
    STANDARD,
    QueueColumn,
    QueueOrder,
    QueueSort,
    moved,
    read_columns,
    read_sort,
)

NAMES = [column.value for column in QueueColumn]
written = st.lists(st.sampled_from(NAMES) | st.text(max_size=8), max_size=40)
chosen = st.permutations(list(QueueColumn)).flatmap(
    lambda columns: st.integers(1, len(columns)).map(lambda n: tuple(columns[:n]))
)
sorts = st.builds(QueueSort, by=st.sampled_from(QueueOrder), is_reversed=st.booleans())


@given(written)
def test_columns_are_known_ones_each_once_in_the_order_they_were_written(names: list[str]) -> None:
    columns = read_columns(names)
    known = [name for name in dict.fromkeys(names) if name in NAMES]
    assert len(set(columns)) == len(columns)
    assert set(ALWAYS) <= set(columns)
    if known:
        assert [column.value for column in columns][: len(known)] == known
    else:
        assert columns == STANDARD


@given(written)
def test_what_was_read_reads_the_same_again(names: list[str]) -> None:
    columns = read_columns(names)
    assert read_columns(column.value for column in columns) == columns


@given(sorts)
def test_a_sort_is_read_as_it_is_written_and_pressed_twice_turns_round(sort: QueueSort) -> None:
    assert read_sort(sort.written) == sort
    once = QueueSort(by=sort.by).turned_to(sort.by)
    assert once.is_reversed
    assert once.turned_to(sort.by) == QueueSort(by=sort.by)


@given(sorts, st.sampled_from(QueueOrder))
def test_another_heading_begins_at_its_usual_end(sort: QueueSort, by: QueueOrder) -> None:
    assert sort.turned_to(by).is_reversed is (sort.by is by and not sort.is_reversed)


@given(st.text(max_size=20))
def test_no_other_words_are_a_sort(text: str) -> None:
    names = {f"{sign}{order.value}" for order in QueueOrder for sign in ("", "-")}
    assert (read_sort(text) is not None) is (text in names)


@given(chosen, st.sampled_from(QueueColumn), st.integers(-20, 20))
def test_a_moved_column_is_where_it_was_sent_and_the_others_keep_their_order(
    columns: tuple[QueueColumn, ...], column: QueueColumn, by: int
) -> None:
    after = moved(columns, column, by=by)
    assert sorted(after) == sorted(columns)
    assert [each for each in after if each is not column] == [each for each in columns if each is not column]
    if column in columns:
        assert after.index(column) == min(max(columns.index(column) + by, 0), len(columns) - 1)
