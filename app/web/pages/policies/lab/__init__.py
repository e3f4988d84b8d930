"""The threshold lab: form, trial, charts."""
