"""The one error of values that no policy can mean."""


class PolicyImpossible(ValueError):
    """The values of this policy contradict each other."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
