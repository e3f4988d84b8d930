"""Colleagues, and the moment at which the pages of these tests are looked at."""

from datetime import UTC, datetime

from app.review.access.people import Account, Role

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ADA = Account(id=1, name="ada", display_name="Ada", role=Role.ANALYST)
GRACE = Account(id=2, name="grace", display_name="Grace", role=Role.MANAGER)
BARBARA = Account(id=3, name="barbara", display_name="Barbara", role=Role.MANAGER)
MARGARET = Account(id=4, name="margaret", display_name="Margaret", role=Role.ADMIN)
