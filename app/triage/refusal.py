"""The one error of values that no policy can mean, and where numbers end."""

# As large as the largest amount there is: what more than that adds up to is no number any longer.
LARGEST_NUMBER = 1e12


class PolicyImpossible(ValueError):
    """The values of this policy contradict each other."""

    def __init__(self, field: str, sentence: str) -> None:
        # Made by pure code it is `Templated`, so that a page can say it in its reader's language.
        super().__init__(sentence)
        self.field = field
