"""Policies as files: the TOML one reviews, or JSON; with how the bounds were set, where a wish set them."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.place import fail

if TYPE_CHECKING:
    from app.triage.policy import Policy

Document = dict[str, Any]

#: The table of a proposed file that is no part of the policy.
PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """A policy somebody keeps in a file."""

    name: str
    policy: "Policy"
    #: How its bounds were set, as `POST /v1/policies` takes it; None: by hand.
    wish: Document | None

    @property
    def document(self) -> Document:
        """The policy as the service takes it."""
        from app.triage.policy_document import document_of

        return document_of(self.policy)


def read_policy_file(path: Path) -> PolicyFile:
    """Return what a file holds; end the command when it is no policy, with the field that is wrong."""
    from app.triage.policy_document import policy_of
    from app.triage.refusal import PolicyImpossible

    document = _parsed(path)
    wish = document.pop(PROPOSAL, None)
    try:
        return PolicyFile(name=path.name, policy=policy_of(document), wish=wish)
    except PolicyImpossible as impossible:
        said = str(impossible)
        # Most sentences begin with the field they are about.
        about = "" if said.startswith(impossible.field) else f"{impossible.field}: "
        fail(f"{path}: {about}{said}.")


def write_policy_file(path: Path, policy: "Policy", wish: Document) -> None:
    """Write a proposed policy with the wish it came of; JSON where the name ends so, else TOML."""
    from app.triage.policy_document import document_of

    if path.suffix == ".json":
        text = json.dumps(document_of(policy) | {PROPOSAL: wish}, indent=1) + "\n"
    else:
        text = f"{_toml(policy)}\n{_proposal(wish)}"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.")


def _parsed(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}.")
    except ValueError as error:  # of both parsers, and of text that is no UTF-8
        fail(f"{path} cannot be read: {error}.")
    if not isinstance(document, dict):
        fail(f"{path} holds no policy.")
    return document


def _toml(policy: "Policy") -> str:
    from app.triage.policy_toml import toml_of

    return toml_of(policy)


def _proposal(wish: Document) -> str:
    from app.triage.policy_toml import toml_value

    promise = wish.get("promise") or {}
    lines = [
        "# --- How these bounds were set ---",
        "# Not part of the policy: the service works out again what may be promised when this is drafted.",
        f"[{PROPOSAL}]",
        *(f"{name} = {toml_value(value)}" for name, value in wish.items() if name != "promise"),
    ]
    if promise:
        lines += ["# Shares (0 to 1).", f"[{PROPOSAL}.promise]"]
        lines += [f"{name} = {toml_value(value)}" for name, value in promise.items()]
    return "\n".join([*lines, ""])
