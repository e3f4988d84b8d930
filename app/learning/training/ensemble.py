"""Networks that were taught different rows, each with its own scaling, as members of one."""

from collections.abc import Sequence
from copy import deepcopy

from app.learning.training.fitting import Fitted
from app.scoring.arrays import Floats
from app.scoring.network.embeddings import Joined, Rescaled
from app.scoring.network.mlp import Mlp
from app.scoring.network.side_by_side import side_by_side


def joined(fits: Sequence[Fitted], *, centre: Floats, scale: Floats) -> Fitted:
    """Return one network of all members in the fits' order, which reads rows scaled by `centre` and `scale`.

    Each fit keeps its own scaling inside. `centre`, `scale`: shape (columns,).
    """
    networks = [_behind_own_scaling(each, centre=centre, scale=scale) for each in fits]
    return Fitted(network=side_by_side(networks), centre=centre, scale=scale)


def _behind_own_scaling(fitted: Fitted, *, centre: Floats, scale: Floats) -> Mlp:
    network = deepcopy(fitted.network)
    inner = network.embedding
    rescaled = Rescaled(inner, stretch=scale / fitted.scale, shift=(centre - fitted.centre) / fitted.scale)
    network.embedding = Joined([rescaled], limit=inner.limit)
    return network.double().eval().requires_grad_(requires_grad=False)
