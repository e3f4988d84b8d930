"""What a browser without scripts sends of a page's form: the controls of the HTML it was given, no more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

Fields = list[tuple[str, str]]

_LOCAL_MOMENT = re.compile(r"[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?")
_NUMBER = re.compile(r"-?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?")


@dataclass
class Control:
    """One control with what it would send."""

    name: str
    value: str
    kind: str
    is_sent: bool = True
    attributes: Mapping[str, str | None] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects the controls of one form."""

    def __init__(self, form_id: str) -> None:
        super().__init__(convert_charrefs=True)
        self.form_id = form_id
        self.controls: list[Control] = []
        self._inside = False
        self._select: Control | None = None
        self._has_choice = False
        self._text: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self._inside = told.get("id") == self.form_id
        if not self._inside:
            return
        if tag == "input":
            self._input(told)
        elif tag == "button":
            self._add(told, told.get("value") or "", "button", is_sent=False)
        elif tag == "textarea":
            self._text = self._add(told, "", "textarea")
        elif tag == "select":
            self._select, self._has_choice = self._add(told, "", "select"), False
        elif tag == "option" and self._select is not None and ("selected" in told or not self._has_choice):
            self._select.value, self._has_choice = told.get("value") or "", True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._text is not None:
            # The parser leaves out a line end right behind the tag.
            self._text.value, self._text = self._text.value.removeprefix("\n"), None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.value += data

    def _input(self, told: dict[str, str | None]) -> None:
        kind = told.get("type") or "text"
        value = told.get("value") or ""
        if kind in {"checkbox", "radio"}:
            self._add(told, value or "on", kind, is_sent="checked" in told)
            return
        if kind == "datetime-local" and not _LOCAL_MOMENT.fullmatch(value):
            value = ""
        if kind == "number" and not _NUMBER.fullmatch(value):
            value = ""
        if kind == "text":
            value = value.replace("\n", "")
        self._add(told, value, kind)

    def _add(self, told: Mapping[str, str | None], value: str, kind: str, *, is_sent: bool = True) -> Control:
        is_sent = is_sent and "disabled" not in told
        control = Control(told.get("name") or "", value, kind, is_sent, told)
        self.controls.append(control)
        return control


def controls(page: str, form_id: str = "bench") -> list[Control]:
    """Return all controls of a form, in their order."""
    reader = _Reader(form_id)
    # What an HTML parser does to its input before it reads any tag.
    reader.feed(re.sub(r"\r\n?", "\n", page).replace("\0", "\ufffd"))
    reader.close()
    return reader.controls


def submitted(page: str, form_id: str = "bench", **typed: str) -> Fields:
    """Return what the browser sends, with what somebody typed into some of the controls."""
    return sent(controls(page, form_id), typed)


def sent(of: list[Control], typed: Mapping[str, str]) -> Fields:
    """Return what these controls send; line ends go as browsers send them."""
    named = [(each.name, typed.get(each.name, each.value)) for each in of if each.is_sent and each.name]
    return [(name, re.sub(r"\r\n?|\n", "\r\n", value)) for name, value in named]


def typed_numbers(of: list[Control]) -> dict[str, str]:
    """Return what stands in the controls that numbers are typed into, those that are empty left out."""
    return {
        each.name: each.value for each in of if each.attributes.get("inputmode") == "decimal" and each.value
    }
