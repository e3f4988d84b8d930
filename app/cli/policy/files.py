"""Policies as files: the TOML one reviews, or JSON; with how the bounds were set, where a wish set them."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from app.cli.policy.toml_lines import field_lines
from app.cli.server.place import fail
from app.datasets.file_kind import Kind, kind_of, opened_text
from app.datasets.records import checked_lines
from app.datasets.refusal import DatasetRefused, quoted, shown, shown_line

if TYPE_CHECKING:
    from app.triage.policies.policy import Policy

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
        from app.triage.policies.document import document_of

        return document_of(self.policy)


def read_policy_file(path: Path) -> PolicyFile:
    """Return what a file holds; end the command when it is no policy, with every field that is wrong."""
    from app.triage.policies.document import policy_of

    text = _text(path)
    document = _parsed(path, text)
    wish = document.pop(PROPOSAL, None)
    faults = list(_faults(document, text if path.suffix != ".json" else ""))
    if wish is not None and not isinstance(wish, dict):
        faults.append(f"{PROPOSAL} is a table, not {quoted(str(wish))}")
    if faults:
        _refuse(path, faults)
    return PolicyFile(name=shown(path.name), policy=policy_of(document), wish=wish)


def _faults(document: Document, text: str) -> Iterator[str]:
    from app.triage.policies.faults import faults_of

    where = field_lines(text)
    for fault in faults_of(document):
        line = where.line_of(fault.field)
        said = str(fault)
        # Most sentences say themselves which field they are about.
        about = "" if fault.field in said else f"{fault.field}: "
        yield f"line {line}: {about}{said}" if line else f"{about}{said}"


def _refuse(path: Path, faults: Sequence[str]) -> NoReturn:
    fail(f"{shown_line(str(path))}: {shown_line('; '.join(faults))}.")


def write_policy_file(path: Path, policy: "Policy", wish: Document) -> None:
    """Write a proposed policy with the wish it came of; JSON where the name ends so, else TOML."""
    from app.triage.policies.document import document_of

    if path.suffix == ".json":
        text = json.dumps(document_of(policy) | {PROPOSAL: wish}, indent=1) + "\n"
    else:
        text = f"{_toml(policy)}\n{_proposal(wish)}"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.")


def _text(path: Path) -> str:
    """Return the text of a file; end the command when it is none, with what it is instead."""
    try:
        if not path.exists():
            fail(f"{shown_line(str(path))} cannot be read: No such file or directory.")
        if kind_of(path, tables=False) is Kind.PARQUET:
            fail(f"{shown_line(str(path))} is a Parquet file, not a policy.")
        with opened_text(path) as opened:
            return "".join(checked_lines(opened, shown_line(str(path))))
    except DatasetRefused as refused:
        fail(f"{shown_line(str(path))} cannot be read: {refused}.")
    except OSError as error:
        fail(f"{shown_line(str(path))} cannot be read: {error.strerror}.")


def _parsed(path: Path, text: str) -> Document:
    is_json = path.suffix == ".json"
    if not is_json and (twice := list(field_lines(text).twice())):
        _refuse(path, twice)
    try:
        document = json.loads(text, object_pairs_hook=_once) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        fail(f"{shown_line(str(path))} cannot be read: {shown_line(str(error))}.")
    if not isinstance(document, dict):
        fail(f"{shown_line(str(path))} holds no policy.")
    return document


def _once(pairs: list[tuple[str, Any]]) -> Document:
    """Make an object of its members. Raises ValueError for one that stands there twice."""
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands in one object twice")
    return dict(pairs)


def _toml(policy: "Policy") -> str:
    from app.triage.policies.toml import toml_of

    return toml_of(policy)


def _proposal(wish: Document) -> str:
    from app.scoring.toml_values import toml_value

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
