"""Dropout after every hidden layer: against whole forwards with the masks applied by hand."""

import numpy as np
import pytest
import torch

from app.scoring.network.every_layer import EveryLayerPasses, draw_every_layer
from app.scoring.network.side_by_side import members_apart
from tests.scoring.builders import a_network, vectors


@pytest.mark.parametrize("head", ["margin", "one_vs_all", "distance"])
@pytest.mark.parametrize("members", [1, 4])
def test_each_pass_is_a_whole_forward_with_its_masks(members: int, head: str) -> None:
    network = a_network(columns=4, hidden=(16, 8), dropout=0.25, members=members, head=head)
    masks = draw_every_layer(network, seed=5)
    rows = vectors(7, columns=4)
    apart = members_apart(network)
    told = EveryLayerPasses(network, masks).margins(rows)
    for number in (0, 1, 17, 63):
        member = apart[number % members]
        hidden = member.embedding(torch.from_numpy(rows))[None]
        for depth, mask in enumerate(masks):
            hidden = torch.baddbmm(member.offsets[depth], hidden, member.weights[depth]).relu()
            hidden = hidden * torch.from_numpy(mask[number] / 0.75)
        expected = member.head.margin(member.head(hidden))[0].numpy()
        assert np.allclose(told[:, number], expected, rtol=0, atol=1e-12)


def test_masks_of_other_layers_are_refused() -> None:
    network = a_network(columns=4, hidden=(16, 8))
    with pytest.raises(ValueError, match="one mask set per layer"):
        EveryLayerPasses(network, draw_every_layer(a_network(columns=4, hidden=(8, 8)), seed=0))
