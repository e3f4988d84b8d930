"""The page of feeds, with something wrong and with nothing."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

import numpy as np

from app.artifacts import newest_model, read_feed
from app.database.payments.feeds import FeedEvent, FeedStanding
from app.datasets import load_generator
from app.review.feed_status import FeedStatus
from app.scoring.feed.comparison import FeedComparison, compared
from app.web.dependencies import Notices
from app.web.pages.frame import frame
from app.web.pages.operations.feeds import FeedsPage, page_of
from app.web.pages.rendering import html
from app.workflows.payments.feed_watch import FeedReport
from tests.models import MODELS
from tests.web.pages.builders import GRACE, NOON

WARNING = "shop sends payments unlike what the model learned from."


@cache
def reversed_columns() -> FeedComparison:
    """Return what a reversed feed looks like beside the shipped model's."""
    reference = read_feed(newest_model(MODELS))
    assert reference is not None
    drawn = load_generator(MODELS / "demo").sample(300, fraud_share=0, rng=np.random.default_rng(1))
    return compared(drawn.features[:, ::-1], drawn.amounts, reference)


def a_standing(status: FeedStatus = FeedStatus.WRONG, client_id: int = 1) -> FeedStanding:
    is_watched = status is FeedStatus.WATCHED
    return FeedStanding(
        client_id=client_id,
        client="shop",
        status=status,
        rows_seen=312,
        wrong_since=None if is_watched else NOON - timedelta(hours=1),
        noticed_after=None if is_watched else 7,
        causes=(),
    )


def a_feeds_page(
    *standings: FeedStanding, is_watching: bool = True, may_answer: bool = True, problem: str = ""
) -> FeedsPage:
    wrong = [each for each in standings if each.status is FeedStatus.WRONG]
    report = FeedReport(
        model_version="2026-11-24a",
        is_watching=is_watching,
        standings=standings,
        comparisons={each.client_id: reversed_columns() for each in wrong},
        events=[
            FeedEvent(
                client="shop",
                model_version="2026-11-24a",
                status=each.status,
                person=None if each.status is FeedStatus.WRONG else "Grace",
                reason="Found wrong after 7 payments.",
                happened_at=NOON,
            )
            for each in standings
        ],
        now=NOON,
    )
    notices = Notices(sentences=(WARNING,) if wrong else ())
    around = frame(GRACE, "csrf", title="Feeds", here="/feeds", notices=notices)
    return page_of(report, around, may_answer, problem=problem)


FEED_PAGES: dict[str, Callable[[], str]] = {
    "feeds": lambda: html(
        "feeds.html", a_feeds_page(a_standing(), a_standing(FeedStatus.ACCEPTED, client_id=2))
    ),
    "feeds, answered before": lambda: html(
        "feeds.html", a_feeds_page(a_standing(), may_answer=False, problem="Somebody answered.")
    ),
    "feeds, nothing": lambda: html("feeds.html", a_feeds_page()),
    "feeds, not watched": lambda: html("feeds.html", a_feeds_page(is_watching=False)),
}
