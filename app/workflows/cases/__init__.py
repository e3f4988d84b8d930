"""Claims, verdicts, second reviews, groups, and what explains a case."""
