"""Which payments a demo shows, and where such a demo lives."""

from enum import StrEnum
from pathlib import Path

from app.settings import REPOSITORY, Settings

SHIPPED = REPOSITORY / "models"


class DemoSchema(StrEnum):
    """What the demo's payments hold."""

    #: V1..V28 of the public card data.
    CARD = "card"
    #: Named columns of an invented world.
    PAYMENTS = "payments"

    @property
    def models_dir(self) -> Path:
        """Where the model that reads them is shipped."""
        return SHIPPED if self is DemoSchema.CARD else SHIPPED / "payments"


def settings_of(schema: DemoSchema, settings: Settings) -> Settings:
    """Return the settings of a demo: with the model that reads its payments, in a folder of its own.

    What was set for the models or the data folder stays as it is.
    """
    if schema is DemoSchema.CARD:
        return settings
    own = {"models_dir": schema.models_dir, "data_dir": Path(f".tertium-{schema}")}
    unset = {name: value for name, value in own.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)
