"""The demo's past: two weeks of payments, verdicts, truths and a policy change, written before it starts."""
