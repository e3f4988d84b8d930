"""A schema that contradicts itself, with all that is wrong with it."""


class SchemaRefused(ValueError):
    """A schema cannot be used; each fault is one sentence without its full stop."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
