"""The pre-softmax threshold layer: fraud, legit or unknown, with the reason (floor 1: pure)."""
