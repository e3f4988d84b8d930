"""What pages of payments say, without a service."""

from html import unescape

from app.web.pages.formatting import THIN
from tests.web.pages.payments.payment_builders import PAYMENT_PAGES


def test_what_was_withdrawn_or_replaced_says_so_and_all_that_was_sent_is_there() -> None:
    page = " ".join(unescape(PAYMENT_PAGES["payment"]()).replace(THIN, " ").split())
    for told in (
        "withdrawn by its source since",
        "replaced by a correction",
        "Ada, a correction",
        "customer contact · Asked her.",
        "<dt>own</dt> <dd> x </dd>",
        "<dt>chip</dt> <dd> yes </dd>",
        "<dt>age</dt> <dd> missing </dd>",
        "<dt>V14</dt> <dd> 0.50 </dd>",
    ):
        assert told in page, told
