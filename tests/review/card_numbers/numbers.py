"""Card numbers of every issuer, and by hand which texts hold one: an oracle that shares nothing with ours."""

import re

from hypothesis import strategies as st

#: First and last beginning, as whole numbers of so many digits, and the lengths of the numbers.
RANGES = (
    (4, 4, {13, 16, 19}),
    (51, 55, {16}),
    (2221, 2720, {16}),
    (34, 34, {15}),
    (37, 37, {15}),
    (300, 305, {14, 16, 17, 18, 19}),
    (3095, 3095, {14, 16, 17, 18, 19}),
    (36, 36, {14, 16, 17, 18, 19}),
    (38, 39, {14, 16, 17, 18, 19}),
    (3528, 3589, {16, 17, 18, 19}),
    (60, 60, {16, 17, 18, 19}),
    (62, 62, {16, 17, 18, 19}),
    (644, 659, {16, 17, 18, 19}),
    (81, 81, {16, 17, 18, 19}),
    (50, 50, {13, 14, 15, 16, 17, 18, 19}),
    (56, 58, {13, 14, 15, 16, 17, 18, 19}),
    (63, 63, {13, 14, 15, 16, 17, 18, 19}),
    (67, 67, {13, 14, 15, 16, 17, 18, 19}),
    (2200, 2204, {16, 17, 18, 19}),
)
#: What doubling makes of a digit, its own digits added.
DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))
GROUPED = re.compile(r"\d+(?:[ -]\d+|(?<=\d{3})\.(?=\d{3})\d+)*", re.ASCII)


def luhn_sum(digits: str) -> int:
    """Add up a number from the right, every second digit doubled."""
    return sum(DOUBLED[each] if place % 2 else int(each) for place, each in enumerate(reversed(digits)))


def is_card(digits: str) -> bool:
    issued = any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last
        for first, last, lengths in RANGES
    )
    return issued and digits != digits[0] * len(digits) and luhn_sum(digits) % 10 == 0


def holds_card(text: str) -> bool:
    """Try every part of a text that no digit stands beside."""
    for start in range(len(text)):
        for end in range(start + 13, len(text) + 1):
            part, beside = text[start:end], text[start - 1 : start] + text[end : end + 1]
            if not any(map(str.isdecimal, beside)) and GROUPED.fullmatch(part):
                digits = "".join(filter(str.isdecimal, part))
                if len(digits) <= 19 and is_card(digits):
                    return True
    return False


@st.composite
def card_digits(draw: st.DrawFn) -> str:
    """Draw the digits of a card number."""
    first, last, lengths = draw(st.sampled_from(RANGES))
    beginning = str(draw(st.integers(first, last)))
    length = draw(st.sampled_from(sorted(lengths)))
    more = length - len(beginning) - 1
    digits = beginning + draw(st.text("0123456789", min_size=more, max_size=more))
    return digits + str(-luhn_sum(digits + "0") % 10)


@st.composite
def written(draw: st.DrawFn, digits: str) -> str:
    """Draw a way in which a number is written: as it is, or in groups."""
    sign = draw(st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2013"]))
    size = draw(st.integers(3, 6))
    # What is left over joins the group before it: a dot needs three digits on either side.
    groups = [digits[place : place + size] for place in range(0, len(digits), size)]
    if len(groups[-1]) < 3:
        groups[-2:] = [groups[-2] + groups[-1]]
    text = sign.join(groups)
    zero = draw(st.sampled_from([None, None, 0xFF10, 0x660, 0x1D7CE]))
    return text if zero is None else "".join(chr(zero + int(c)) if c.isdecimal() else c for c in text)
