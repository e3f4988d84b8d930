"""Networks that were trained apart, as members of one."""

import json
from collections.abc import Sequence

import torch

from app.scoring.network.embeddings import Embedding, Joined
from app.scoring.network.heads.linear import LinearHead
from app.scoring.network.mlp import Mlp


def side_by_side(networks: Sequence[Mlp]) -> Mlp:
    """Return one network whose members are all of theirs, in order.

    Their embeddings may differ: the joint one has every part once, and a member's first layer is zero
    where it did not look. Parts are the same when their description and their tensors are.

    Raises ValueError when hidden layers, dropout, limit or head differ, or the head is not linear.
    """
    first = networks[0]
    if len(networks) == 1:
        return first
    shapes = {(each.hidden, each.dropout, each.head_name, each.embedding.limit) for each in networks}
    if len(shapes) > 1 or not isinstance(first.head, LinearHead):
        told = ", ".join(sorted(map(str, shapes)))
        raise ValueError(f"only networks of one shape with a linear head join, not {told}")
    parts: dict[str, Embedding] = {}
    for network in networks:
        parts.update({_name(part): part for part in network.embedding.parts if isinstance(part, Embedding)})
    # What is drawn is replaced: nobody's random state shall move for it.
    with torch.random.fork_rng(devices=[]):
        joined = Mlp(
            embedding=Joined(list(parts.values()), limit=first.embedding.limit),
            hidden=first.hidden,
            dropout=first.dropout,
            members=sum(each.members for each in networks),
            head=first.head_name,
        ).double()
    state = joined.state_dict()
    for name in state:
        if name == "weights.0":
            state[name] = torch.cat([_widened(each, parts) for each in networks])
        elif not name.startswith("embedding."):
            state[name] = torch.cat([each.state_dict()[name] for each in networks])
    joined.load_state_dict(state)
    return joined.eval().requires_grad_(requires_grad=False)


def _name(part: Embedding) -> str:
    """Return description and tensors: waves of two groups are described alike and differ."""
    tensors = {name: tensor.tolist() for name, tensor in part.state_dict().items()}
    return json.dumps([part.described(), tensors], sort_keys=True)


def _widened(network: Mlp, parts: dict[str, Embedding]) -> torch.Tensor:
    """Return the first layer's weights with a zero block for each part the network does not have."""
    weight = network.weights[0].detach()
    own = [part for part in network.embedding.parts if isinstance(part, Embedding)]
    blocks = dict(zip(map(_name, own), weight.split([part.width for part in own], dim=1), strict=True))
    members, _, units = weight.shape
    return torch.cat(
        [
            blocks.get(name, torch.zeros(members, part.width, units, dtype=weight.dtype))
            for name, part in parts.items()
        ],
        dim=1,
    )
