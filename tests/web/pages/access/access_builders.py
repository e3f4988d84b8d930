"""Pages of people and keys, as the tests of all pages look at them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from app.database.access.administration import Person
from app.database.access.api_keys import ApiKey
from app.review.access.administration import AccessAction, AccessEvent
from app.review.access.hotkeys import USUAL, Move
from app.review.access.people import Account
from app.web.dependencies import Notices
from app.web.pages.access.acts import KEY_ACTS, PERSON_ACTS, ROLES, Act, KeyAct, PersonAct, person_acts
from app.web.pages.access.pages import ActPage, KeyPage, KeysPage, PeoplePage, PersonPage, SecretPage
from app.web.pages.access.settings import Typed, settings_page
from app.web.pages.access.view import event_rows, key_row, person_row
from app.web.pages.frame import frame
from app.web.pages.rendering import html
from tests.web.pages.access.people import ADA, MARGARET, NOON


def a_person(account: Account = ADA, **changes: Any) -> Person:
    values: dict[str, Any] = {
        "account": account, "is_active": True, "has_password": True, "created_at": NOON - timedelta(days=9),
        "sessions": 2, "tokens": 1, "cases": 1,
    }  # fmt: skip
    return Person(**(values | changes))


def a_key(**changes: Any) -> ApiKey:
    values: dict[str, Any] = {
        "client_id": 3, "name": "shop", "created_at": NOON - timedelta(days=9),
        "made_at": NOON - timedelta(hours=2), "last_used_at": NOON - timedelta(minutes=1), "revoked_at": None,
        "earlier_until": NOON + timedelta(hours=22),
    }  # fmt: skip
    return ApiKey(**(values | changes))


#: What each action writes beside its reason.
DETAILS: Mapping[AccessAction, dict[str, object]] = {
    AccessAction.ADDED: {"role": "analyst"},
    AccessAction.TOKEN_MADE: {"token": "laptop", "days": 90},
    AccessAction.TOKENS_REVOKED: {"token": "laptop", "tokens": 1},
    AccessAction.ROLE_CHANGED: {"before": "analyst", "role": "auditor", "cases": 1},
    AccessAction.DEACTIVATED: {"sessions": 2, "tokens": 1, "cases": 0},
    AccessAction.KEY_ROTATED: {"overlap_seconds": 7200},
}


def some_events() -> list[AccessEvent]:
    """One of every kind."""
    return [
        AccessEvent(
            id=number, happened_at=NOON, actor="Margaret" if number % 2 else None, action=action,
            subject="ada", reason="left the company", source="198.51.100.7" if number % 2 else "command line",
            details=DETAILS.get(action, {}),
        )
        for number, action in enumerate(AccessAction)
    ]  # fmt: skip


def around(here: str = "/people") -> Any:
    return frame(MARGARET, "csrf", title="Access", here=here, notices=Notices())


def a_people_page(*people: Person, problem: str = "") -> str:
    page = PeoplePage(
        frame=around(), rows=tuple(person_row(each, NOON) for each in people),
        active=sum(each.is_active for each in people), roles=ROLES, events=event_rows(some_events()),
        problem=problem, name="", display_name="", role="analyst",
    )  # fmt: skip
    return html("access/people.html", page)


def a_person_page(person: Person) -> str:
    page = PersonPage(
        frame=around(), row=person_row(person, NOON), acts=person_acts(is_active=person.is_active),
        events=event_rows(some_events()), message="The role is changed.",
    )  # fmt: skip
    return html("access/person.html", page)


def a_keys_page(*keys: ApiKey, problem: str = "") -> str:
    rows = tuple(key_row(each, NOON) for each in keys)
    return html("access/keys.html", KeysPage(frame=around("/keys"), rows=rows, problem=problem, name=""))


def a_key_page(key: ApiKey) -> str:
    acts = tuple(KEY_ACTS.values()) if key.revoked_at is None else ()
    page = KeyPage(frame=around("/keys"), row=key_row(key, NOON), acts=acts, events=(), message="Revoked.")
    return html("access/key.html", page)


def an_act_page(act: Act, *, problem: str = "") -> str:
    page = ActPage(
        frame=around(), subject="Ada", back="/people/1", act=act, seen=4, roles=ROLES, role="analyst",
        overlap_hours="24", reason="", problem=problem,
    )  # fmt: skip
    return html("access/act.html", page)


def a_secret_page() -> str:
    page = SecretPage(
        frame=around(), subject="Ada", back="/people/1", kind="One-time login link",
        secret="https://tertium.example/login/x", advice="It logs in once.",
    )  # fmt: skip
    return html("access/secret.html", page)


#: Every page of people and keys, for what all pages keep.
def a_settings_page(problem: str = "", wrong: tuple[Move, ...] = ()) -> str:
    typed = Typed(language="de", zone="Europe/Berlin", keys=USUAL, are_keys_on=True)
    page = settings_page(around("/my/settings"), typed, problem=problem, wrong=wrong, is_saved=True)
    return html("access/settings.html", page)


ACCESS_PAGES: dict[str, Callable[[], str]] = {
    "people": lambda: a_people_page(a_person(), a_person(is_active=False, has_password=False, sessions=0)),
    "people, refused": lambda: a_people_page(problem="This name is in use already."),
    "person": lambda: a_person_page(a_person()),
    "settings": a_settings_page,
    "settings, refused": lambda: a_settings_page("One key cannot do two things.", (Move.FRAUD, Move.SKIP)),
    "person, deactivated": lambda: a_person_page(a_person(is_active=False)),
    "keys": lambda: a_keys_page(a_key(), a_key(revoked_at=NOON, last_used_at=None, earlier_until=None)),
    "keys, none": lambda: a_keys_page(problem="This name is in use already."),
    "key": lambda: a_key_page(a_key()),
    "key, revoked": lambda: a_key_page(a_key(revoked_at=NOON)),
    "person, role": lambda: an_act_page(PERSON_ACTS[PersonAct.ROLE]),
    "person, link": lambda: an_act_page(PERSON_ACTS[PersonAct.LINK], problem="It changed."),
    "person, sign out": lambda: an_act_page(PERSON_ACTS[PersonAct.SIGN_OUT]),
    "key, replace": lambda: an_act_page(KEY_ACTS[KeyAct.ROTATE]),
    "secret": a_secret_page,
}
