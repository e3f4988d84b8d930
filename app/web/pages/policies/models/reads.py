"""What a model reads beside the features that are sent: of the moment, of the amount, of history."""

from collections.abc import Iterator

from app.scoring.schema.history import KeptHistory
from app.scoring.schema.schema import Schema
from app.web.languages.sentences import worded
from app.web.pages import formatting


def reads_of(schema: Schema) -> Iterator[str]:
    """Give a sentence for each of them; none where the features are all."""
    payment = schema.payment
    if payment.read_of_time:
        yield worded(
            "Of the moment it reads: %(read_of_time)s (clocks of %(zone)s).",
            read_of_time=", ".join(payment.read_of_time),
            zone=payment.zone,
        )
    if payment.read_of_amount:
        yield worded("Of the amount it reads which two digits it ends in, too.")
    yield from (_history(each) for each in schema.kept)


def _history(history: KeptHistory) -> str:
    parts = [worded("what the %(entity)s of a payment did before", entity=history.entity)]
    parts += [worded("how many different values of %(name)s it met", name=name) for name in history.partners]
    if history.delay_days is not None:
        days = formatting.plural(history.delay_days, "day", "days")
        parts.append(worded("its frauds, known %(days)s later", days=days))
    return worded("Of history it reads %(parts)s.", parts=", ".join(parts))
