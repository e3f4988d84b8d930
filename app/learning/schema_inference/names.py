"""Words in the names of columns. A name only strengthens what the values show: never is it alone enough."""

import re
import unicodedata

from app.scoring.schema.feature import MOST_LETTERS

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

LABEL = frozenset(
    {
        *("fraud", "class", "label", "target", "chargeback", "fraudulent", "outcome", "scam", "legit"),
        *("genuine", "betrug", "fraude", "frode"),
    }
)
AMOUNT = frozenset(
    {"amount", "amt", "price", "total", "value", "paid", "betrag", "montant", "importe", "sum"}
)
MONEY = AMOUNT | {
    "balance",
    "credit",
    "limit",
    "cost",
    "fee",
    "income",
    "salary",
    "spend",
    "spent",
    "revenue",
    "saldo",
}
#: Beside a word of money they make another thing of it: a credit score, a total of payments.
NO_MONEY = frozenset(
    {
        *("score", "rate", "ratio", "count", "number", "risk", "index", "times", "code", "type"),
        *("months", "days", "hours", "minutes", "min", "mins", "years", "age"),
        *("txns", "tnx", "tnxs", "addr"),
    }
)
#: Money as a hundred times its amount.
MINOR = frozenset({"cent", "cents", "pence", "minor"})
TIME = frozenset(
    {
        *("time", "date", "datetime", "timestamp", "ts", "occurred", "dt", "when", "seconds", "second"),
        *("created", "at", "datum", "zeit", "fecha"),
    }
)
#: Moments of something else than the payment.
OTHER_TIME = frozenset(
    {
        *("birth", "dob", "birthday", "expiry", "expires", "expiration", "opened", "open", "since", "last"),
        *("reported", "report", "chargeback", "settled", "settlement", "label", "updated", "dispute"),
        *(
            "seit",
            "first",
            "registered",
            "registration",
            "signup",
            "issued",
            "closed",
            "resolved",
            "account",
            "card",
        ),
    }
)
ID = frozenset({"id", "uuid", "guid", "reference", "ref", "num", "number", "key", "no", "nr"})
PAYMENT = frozenset({"transaction", "trans", "tx", "txn", "payment", "order", "trx", "event"})
INDEX = frozenset({"unnamed", "index", "level", "row", "rownum", "rownames"})
COUNT = frozenset(
    {"count", "cnt", "number", "num", "n", "velocity", "times", "visits", "attempts", "quantity", "qty"}
)
CODE = frozenset(
    {
        *(
            "code",
            "type",
            "category",
            "mcc",
            "zip",
            "zipcode",
            "postcode",
            "postal",
            "country",
            "bin",
            "kind",
        ),
        *("region", "state", "currency", "channel", "status", "cluster", "group", "bank", "cat"),
        *("sex", "gender", "marital", "marriage", "education", "plz", "blz", "postleitzahl"),
    }
)
PERSON = frozenset(
    {
        *("gender", "sex", "dob", "birth", "birthday", "age", "nationality", "race", "religion", "marital"),
        *("salary", "income", "name", "street", "address", "phone", "email", "surname", "lastname"),
        *("firstname", "marriage", "geschlecht"),
    }
)
#: Of what a payment shares with others.
ENTITIES = {
    "card": frozenset({"card", "cc", "pan"}),
    "merchant": frozenset({"merchant", "merch", "mcht", "shop", "seller", "store"}),
    "device": frozenset({"device", "fingerprint", "imei"}),
    "ip": frozenset({"ip"}),
    "email": frozenset({"email", "mail"}),
    "terminal": frozenset({"terminal", "pos", "atm"}),
    "customer": frozenset({"customer", "client", "user", "cust", "payer", "buyer", "cardholder"}),
    "account": frozenset({"account", "acct", "acc", "iban"}),
}
#: What may stand beside an entity's word without making another thing of it, as a city would.
_BESIDE = ID | {
    *("hash", "name", "address", "addr", "token", "info", "source", "src", "dest", "orig", "sender"),
    *("receiver", "beneficiary", "origin", "destination", "billing", "shipping", "credit", "debit"),
}


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, in small letters.

    >>> words_of("isFraud"), words_of("TransactionAmt"), words_of("cc_num"), words_of("CUSTOMERID")
    (('is', 'fraud'), ('transaction', 'amt'), ('cc', 'num'), ('customer', 'id'))
    """
    found: list[str] = []
    # The letter alone of one with a mark: "währung" is "wahrung", one word.
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    for word in _WORD.findall(letters):
        small = word.lower()
        if small.endswith("id") and len(small) > 4 and small[:-2] in _BEFORE_ID:
            found += [small[:-2], "id"]
        else:
            found.append(small)
    return tuple(found)


_BEFORE_ID = PAYMENT.union(*ENTITIES.values())


def says(name: str, vocabulary: frozenset[str]) -> bool:
    """Whether a word of the name is one of these."""
    return not vocabulary.isdisjoint(words_of(name))


def says_fraud(name: str) -> bool:
    """Whether the name speaks of fraud."""
    return any(word in name.lower() for word in ("fraud", "chargeback", "betrug"))


def says_person(name: str) -> bool:
    """Whether the name speaks of what a person is or is called."""
    return says(name, PERSON) or words_of(name) in {("first",), ("last",)}


def says_money(name: str) -> bool:
    """Whether the name speaks of money, and of nothing that is counted or measured of it.

    >>> says_money("credit_limit"), says_money("credit_risk_score")
    (True, False)
    """
    return says(name, MONEY) and not says(name, NO_MONEY)


def says_code(name: str) -> bool:
    """Whether the name speaks of codes, and not of how many there are.

    >>> says_code("zip"), says_code("zip_count_4w")
    (True, False)
    """
    return says(name, CODE) and not says(name, COUNT | frozenset({"months", "days"}))


def entity_named(name: str) -> str:
    """Return which entity a name speaks of and of nothing else; empty: of none.

    >>> entity_named("merchant_id"), entity_named("merchant_city"), entity_named("card1")
    ('merchant', '', 'card')
    """
    words = [word for word in words_of(name) if not word.isdigit()]
    for entity, vocabulary in ENTITIES.items():
        if vocabulary & set(words) and all(word in vocabulary | _BESIDE for word in words):
            return entity
    return ""


def feature_name(column: str, reserved: frozenset[str]) -> str:
    """Return a name that a feature may have, for a column that is not called so."""
    printable = "".join(sign if sign.isprintable() else " " for sign in column)[: MOST_LETTERS - 10].strip()
    named = printable or "column"
    return f"{named} of file" if named in reserved else named
