"""A simulated year of a payment service, through its own services and commands on a clock of its own.

A champion decides what it learned to decide. Each day payments come, a person who errs in 6 % judges what
waits, and chargebacks come after 30 days. In the seventh month a new kind of fraud comes, which the champion
approves. The guarantee is followed; once it is broken a challenger is trained on what the service knows, is
compared in shadow, and promoted by two people once it is better. What is told is read from stored payments
by the product's own estimates, beside the truth that only the year knows. A second, shorter year without
audits tells what is then not known.
"""

from benchmarks.year.figures import figures

__all__ = ["figures"]
