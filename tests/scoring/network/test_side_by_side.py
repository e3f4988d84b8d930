"""Networks that were trained apart say together what each said alone."""

import numpy as np
import pytest
import torch

from app.scoring.arrays import Floats
from app.scoring.network.embeddings import Clamped, Embedding, Joined, Periodic, PiecewiseLinear, SignedLog
from app.scoring.network.masks import draw_masks
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import Passes
from app.scoring.network.side_by_side import side_by_side
from tests.scoring.builders import a_network, vectors
from tests.scoring.network.members import members_apart

EDGES = [np.array([-2.0, -0.5, 0.5, 2.0])] * 4
CLAMPED, NARROW, LOG = Clamped(columns=4, limit=5.0), Clamped(columns=4, limit=3.0), SignedLog(columns=4)
PIECES = PiecewiseLinear.of_edges(EDGES)
WAVES = Periodic(frequencies=np.random.default_rng(0).normal(size=(4, 2)))


def a_member(
    *parts: Embedding,
    members: int = 1,
    seed: int = 0,
    head: str = "margin",
    limit: float = 60.0,
    dropout: float = 0.2,
) -> Mlp:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Mlp(
            embedding=Joined(parts, limit=limit), hidden=(16, 8), dropout=dropout, members=members, head=head
        )
    return network.double().eval()


def logits(network: Mlp, rows: Floats) -> Floats:
    with torch.inference_mode():
        return np.asarray(network(torch.from_numpy(rows)).numpy())


@pytest.mark.parametrize("head", ["margin", "one_vs_all", "constant_logit"])
@pytest.mark.parametrize(
    "embeddings",
    [
        [(CLAMPED, LOG), (CLAMPED, LOG)],
        [(CLAMPED, LOG, PIECES), (CLAMPED, LOG), (NARROW, LOG)],
        [(WAVES,), (CLAMPED,), (LOG, CLAMPED)],
    ],
)
def test_the_joined_network_says_what_its_members_said(
    embeddings: list[tuple[Embedding, ...]], head: str
) -> None:
    networks = [
        a_member(*parts, members=1 + number, seed=number, head=head)
        for number, parts in enumerate(embeddings)
    ]
    rows = vectors(40, columns=4) * 3
    joined = side_by_side(networks)
    assert joined.members == sum(each.members for each in networks)
    assert not joined.training
    told = np.concatenate([logits(each, rows) for each in networks])
    assert np.allclose(logits(joined, rows), told, rtol=0, atol=1e-12)


def test_a_part_that_several_look_at_is_there_once() -> None:
    joined = side_by_side([a_member(CLAMPED, LOG, PIECES), a_member(CLAMPED, LOG), a_member(NARROW, LOG)])
    assert [part.described() for part in joined.embedding.parts if isinstance(part, Embedding)] == [
        CLAMPED.described(),
        LOG.described(),
        PIECES.described(),
        NARROW.described(),
    ]


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_the_passes_of_joined_networks_are_those_of_each_alone(turn: int) -> None:
    """Also where members that read few inputs stand between, before or after those that read more."""
    parts: list[tuple[Embedding, ...]] = [(CLAMPED, LOG, PIECES), (CLAMPED, LOG), (NARROW, LOG)]
    networks = [a_member(*each, seed=number) for number, each in enumerate(parts[turn:] + parts[:turn])]
    masks = draw_masks(hidden=8, dropout=0.2, seed=0, passes=30)
    rows = vectors(17, columns=4) * 3
    told = Passes(side_by_side(networks), masks, device="cpu").margins(rows)
    for number, network in enumerate(networks):
        alone = Passes(network, masks[number::3], device="cpu").margins(rows)
        assert np.allclose(told[:, number::3], alone, rtol=0, atol=1e-12)


def test_one_network_needs_no_joining() -> None:
    network = a_network()
    assert side_by_side([network]) is network


def test_members_taken_apart_and_joined_again_are_the_same() -> None:
    network, rows = a_network(members=4), vectors(20, columns=4)
    apart = members_apart(network)
    assert [each.members for each in apart] == [1, 1, 1, 1]
    assert np.array_equal(logits(side_by_side(apart), rows), logits(network, rows))


@pytest.mark.parametrize(
    "other",
    [a_member(CLAMPED, head="one_vs_all"), a_member(CLAMPED, limit=5.0), a_member(CLAMPED, dropout=0.3)],
    ids=["head", "limit", "dropout"],
)
def test_networks_of_another_shape_are_refused(other: Mlp) -> None:
    with pytest.raises(ValueError, match="only networks of one shape"):
        side_by_side([a_member(CLAMPED), other])


def test_networks_of_other_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="only networks of one shape"):
        side_by_side([a_network(hidden=(16, 8)), a_network(hidden=(8,))])


def test_heads_that_are_not_linear_do_not_join() -> None:
    with pytest.raises(ValueError, match="with a linear head"):
        side_by_side([a_network(head="distance")] * 2)


def test_parts_of_one_description_and_other_tensors_lie_side_by_side() -> None:
    """As the waves of two groups do, whose frequencies are drawn from seeds of their own."""
    other_waves = Periodic(frequencies=np.random.default_rng(1).normal(size=(4, 2)))
    other_pieces = PiecewiseLinear.of_edges([edges + 1 for edges in EDGES])
    rows = vectors(40, columns=4)
    for one, other in ((WAVES, other_waves), (PIECES, other_pieces)):
        networks = [a_member(one), a_member(other, seed=1)]
        told = np.concatenate([logits(each, rows) for each in networks])
        assert np.allclose(logits(side_by_side(networks), rows), told, rtol=0, atol=1e-12)
