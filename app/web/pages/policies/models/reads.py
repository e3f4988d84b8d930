"""What a model reads beside the features that are sent: of the moment, of the amount, of history."""

from collections.abc import Iterator

from app.scoring.schema.history import KeptHistory
from app.scoring.schema.schema import Schema
from app.web.pages import formatting


def reads_of(schema: Schema) -> Iterator[str]:
    """Give a sentence for each of them; none where the features are all."""
    payment = schema.payment
    if payment.read_of_time:
        yield f"Of the moment it reads: {', '.join(payment.read_of_time)} (clocks of {payment.zone})."
    if payment.read_of_amount:
        yield "Of the amount it reads which two digits it ends in, too."
    yield from (_history(each) for each in schema.kept)


def _history(history: KeptHistory) -> str:
    parts = [f"what the {history.entity} of a payment did before"]
    parts += [f"how many different values of {name} it met" for name in history.partners]
    if history.delay_days is not None:
        days = formatting.plural(history.delay_days, "day", "days")
        parts.append(f"its frauds, known {days} later")
    return f"Of history it reads {', '.join(parts)}."
