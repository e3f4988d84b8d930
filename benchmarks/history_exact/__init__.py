"""Whether history is exact under load: what two replicas read is what the stored order gives offline.

16 clients post payments of cards and terminals, one terminal in half of them, to two replicas on one
database: alone and in batches, out of order, some again, while frauds become known and some are withdrawn.
One replica is killed twice and started again. Then all payments are folded anew in the stored order of each
key's updates. `HISTORY_PAYMENTS` says how many payments there are.
"""

from benchmarks.history_exact.figures import figures

__all__ = ["figures"]
