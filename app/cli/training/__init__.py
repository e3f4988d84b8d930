"""From labelled files to models: check, train, compare, evaluate."""
