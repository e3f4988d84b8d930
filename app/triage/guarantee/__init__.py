"""Whether a promised miss rate stays true while a policy decides, by tests that may be read at any time."""
