"""The members of a network apart, to compare the joined one with."""

from app.scoring.network.mlp import Mlp


def members_apart(network: Mlp) -> list[Mlp]:
    """Return every member as a network of its own, with the joint embedding."""
    apart = []
    for number in range(network.members):
        member = Mlp(
            embedding=network.embedding,
            hidden=network.hidden,
            dropout=network.dropout,
            head=network.head_name,
        ).to(network.weights[0].dtype)
        state = member.state_dict()
        for name in state:
            if not name.startswith("embedding."):
                state[name] = network.state_dict()[name][number : number + 1]
        member.load_state_dict(state)
        apart.append(member.eval().requires_grad_(requires_grad=False))
    return apart
