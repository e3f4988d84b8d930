"""All that the service says, collected from code and templates for its translators.

`python -m tests.web.languages.collected` brings every catalogue up to date; what is new stands in it
untranslated.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from app.database.tables.links import LINKS
from app.review.access.languages import Language
from app.review.attribute_kinds import KNOWN
from app.review.case import CONFLICT_OF_INTEREST, Judgement, VerdictReason
from app.review.outcome import GroundTruth, Report
from app.review.queue.service_level import Priority
from app.scoring.schema.document import schema_from
from app.scoring.schema.feature import Kind as FeatureKind
from app.scoring.schema.history_features import HALF_LIFE_WORDS, WINDOWS, days_told
from app.triage.certificate import Kind
from app.triage.described import SHARE
from app.triage.labels import Label
from app.triage.policies.fields import BAND_FIELDS, FIELDS
from app.web.error_statuses import STATUS
from app.web.errors import title_of
from app.web.languages.sentences import catalogue, catalogue_file
from app.web.pages.rendering import STATIC, TEMPLATES, environment
from app.web.problems import own_sentence
from tests.models import MODELS

APP = Path(__file__).parents[3] / "app"
#: What takes texts, such as functions of `app/web/languages/sentences.py`, and which arguments they are.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "worded": None,
    "marked": None,
    "worded_many": (1, 2),
    "plural": (2, 3),
    "Templated": None,
}
#: What a catalogue's head says of it; no dates, which would change with every run.
HEAD = "What Tertium says, and how it is said in this language."

#: Who says what is true of a payment, as the documents of the API name them.
SOURCES = ("chargeback", "cardholder", "customer", "verdict", "correction", "issuer", "audit")

#: On what the promises of stored certificates rest; another one is named as whoever set it wrote it.
CERTIFIED_ON = ("the model's calibration part", "the rows that taught the model")

#: Sentences stand in template strings, too.
NESTED = {"parse_template_string": True}

Message = str | tuple[str, ...]


def of_templates() -> Iterator[tuple[Message, str]]:
    """Give what templates say, and where."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        for _, _, told in environment().extract_translations(path.read_text()):  # type: ignore[attr-defined]
            if message := _texts(told):
                yield message, str(path.relative_to(APP.parent))


def of_code() -> Iterator[tuple[Message, str]]:
    """Give what modules say, and where."""
    for path in sorted(APP.rglob("*.py")):
        with path.open("rb") as file:
            for _, told, _, _ in extract("python", file, keywords=KEYWORDS):
                if message := _texts(told):
                    yield message, str(path.relative_to(APP.parent))


def of_scripts() -> Iterator[tuple[Message, str]]:
    """Give what scripts say, and where: by its place the catalogue knows what a page has to tell them."""
    for path in sorted(STATIC.rglob("*.js")):
        with path.open("rb") as file:
            for _, told, _, _ in extract("javascript", file, keywords=KEYWORDS, options=NESTED):
                if message := _texts(told):
                    yield message, str(path.relative_to(APP.parent))


def _texts(told: object) -> Message:
    """Return a text, or one for one and another for many; nothing where no text stands in the code."""
    texts = tuple(each for each in told if isinstance(each, str)) if isinstance(told, tuple) else (told,)
    return (texts[0] if len(texts) == 1 else texts) if texts and texts[0] else ""  # type: ignore[return-value]


def of_errors() -> Iterator[tuple[Message, str]]:
    """Give what is said of what went wrong: an error's title and sentence are its name and docstring."""
    for error in STATUS:
        yield title_of(error), "app/web/error_statuses.py"
        yield own_sentence(error), "app/web/error_statuses.py"


def of_the_core() -> Iterator[tuple[Message, str]]:
    """Give what pure code names for everybody, which knows no language: it is said as it is shown."""
    for known in KNOWN.values():
        for text in (known.called, *known.codes.values()):
            yield text, "app/review/attribute_kinds.py"
    yield CONFLICT_OF_INTEREST, "app/review/case.py"
    for reason in VerdictReason:
        yield reason.value.replace("_", " "), "app/review/case.py"
    for word in (*GroundTruth, *Label, *Judgement, *Report):
        yield word.value, "app/review/outcome.py"
    for source in SOURCES:
        yield source, "app/database/payments/truth.py"
    for entity in LINKS:
        yield entity, "app/database/tables/links.py"
    for priority in Priority:
        yield priority.value, "app/review/queue/service_level.py"


def of_policies() -> Iterator[tuple[Message, str]]:
    """Give what a policy's values are called, their units, and the words of those that are chosen."""
    for each in (*FIELDS, *BAND_FIELDS):
        meaning = each.meaning
        for told in (meaning.label, meaning.unit, *(words for _, words in meaning.words)):
            if told and told != SHARE:
                yield told, "app/triage/policies/policy.py"


def of_models() -> Iterator[tuple[Message, str]]:
    """Give what the models of this repository say of themselves, and of what they read.

    A schema is its owner's: what another one says is shown as it was written.
    """
    for kind in FeatureKind:
        yield kind.value, "app/scoring/schema/feature.py"
    for told in (*HALF_LIFE_WORDS, *map(days_told, WINDOWS)):
        yield told, "app/scoring/schema/history_features.py"
    for path in sorted(MODELS.rglob("schema.toml")):
        schema = schema_from(path.read_text())
        place = "models/schema.toml"
        for feature in schema.features:
            yield from ((told, place) for told in (feature.about, feature.unit) if told)
        yield from ((told, place) for told in (schema.name, schema.about) if told)
    for path in sorted(MODELS.rglob("card.json")):
        card = json.loads(path.read_text())
        for told in (*card["limits"], card["source"], card["training"]["recipe"]["about"]):
            yield told, "models/card.json"


def of_certificates() -> Iterator[tuple[Message, str]]:
    """Give what stored certificates say, which is known as a whole."""
    for kind in Kind:
        yield kind.value, "app/triage/certificate.py"
    for resembled in CERTIFIED_ON:
        yield f"the coming weeks resemble {resembled}", "app/triage/tuning/certified.py"


def collected() -> Catalog:
    """Return a catalogue of all that is said, with nothing translated."""
    found = Catalog(project="tertium", charset="utf-8", header_comment=f"# {HEAD}", fuzzy=False)
    sources = (
        of_templates,
        of_code,
        of_scripts,
        of_errors,
        of_the_core,
        of_certificates,
        of_policies,
        of_models,
    )
    for source in (each() for each in sources):
        for message, place in source:
            found.add(message, locations=[(place, None)])  # type: ignore[list-item]
    return found


def updated(language: Language) -> bytes:
    """Return a language's catalogue as its file should be: all that is said now, and nothing else."""
    kept = catalogue(language) if catalogue_file(language).exists() else Catalog(locale=language.value)
    kept.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    kept.obsolete.clear()
    for message in kept:
        # A text for one and for many that was one before is new, and not what it was.
        message.flags.discard("fuzzy")
    kept.header_comment, kept.fuzzy, kept.project, kept.version = f"# {HEAD}", False, "tertium", ""
    kept.creation_date = kept.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    kept.last_translator = kept.language_team = kept.msgid_bugs_address = kept.copyright_holder = ""
    file = BytesIO()
    write_po(file, kept, width=110, sort_output=True, include_lineno=False)
    return file.getvalue()


if __name__ == "__main__":
    for each in Language:
        if each is not Language.ENGLISH:
            catalogue_file(each).parent.mkdir(parents=True, exist_ok=True)
            catalogue_file(each).write_bytes(updated(each))
