"""The desk's forms as a browser without scripts would send them."""

import re
from html import unescape

FORM = r'<form[^>]*id="{}"[^>]*?action="([^"]+)"[^>]*>(.*?)</form>'


def verdict_form(page: str, judgement: str) -> tuple[str, dict[str, str]]:
    """Return where a verdict goes and what is sent with it, one of its buttons pressed."""
    address, fields = form(page, "verdict-form")
    return address, fields | {"judgement": judgement}


def form(page: str, name: str) -> tuple[str, dict[str, str]]:
    """Return where a form goes and its hidden fields."""
    found = re.search(FORM.format(name), page, re.DOTALL)
    assert found is not None, f"the page has no form {name}"
    return found[1], hidden(found[2])


def hidden(inside: str) -> dict[str, str]:
    """Return the hidden fields among these tags."""
    tags = re.findall(r'<input type="hidden"([^>]*)>', inside)
    pairs = [(re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags]
    return {name[1]: unescape(value[1]) for name, value in pairs if name and value}
