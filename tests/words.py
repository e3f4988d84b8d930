"""Words of our own that no page, answer, command or document may say where the trade has a plain one."""

import re

from app.web.pages.causes import TAGS

#: Phrases that mean nothing outside this house, wherever they stand.
NOWHERE = (
    "why the machine asks you", "between the bounds", "passes disagree", "the policy sets no limit",
    "claimed by both", "learned too little", "unfamiliar", "nine in ten passes",
    "what moves the machine most", "what is least ordinary", "most alike", "fresh eyes",
    "their number", "known to be",
    "its client was told", "yours for", "why here", "too little to judge by", "i know the people in it",
    "put it away", "simulate anew", "simulated anew", "hand over", "handed over", "take back", "taken back",
    "set the bounds by", "residual risk you sign for", "answer before it is kept", "keep draft",
    "19 of 20", "decided by machine", "decided by the machine", "cannot be meant", "mend it",
    "second look", "second looks", "campaigns", "left to people",
)  # fmt: skip
#: Ordinary words that are wrong only as all that a heading, a label, a cell or a link says.
NOT_ALONE = frozenset(
    {
        *("desk", "floor", "pulls", "unsure", "here", "of them", "was", "closer", "from"),
        *("place", "whose", "waits", "waiting", "judged", "promise", "hand", "gold", "to people"),
    }
)


#: Words of everybody, too: that a page has them says nothing.
EVERYBODYS = frozenset({"allowed", "blocked"})
#: Reasons as they are stored; pages say the tag instead.
STORED_REASONS = frozenset(
    {
        said
        for reason, tag in TAGS.items()
        if reason.value not in EVERYBODYS
        for said in (reason.value, reason.value.replace("_", " "))
        if said not in tag.lower()
    }
)


def stored_reasons(text: str) -> list[str]:
    return [reason for reason in sorted(STORED_REASONS) if re.search(rf"\b{reason}\b", text)]


def our_own(text: str) -> list[str]:
    return [phrase for phrase in NOWHERE if re.search(rf"\b{re.escape(phrase)}\b", text)]
