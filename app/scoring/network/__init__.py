"""The neural network, its stored dropout masks and its batched passes."""
