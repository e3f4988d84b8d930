"""Cases, leases, verdicts and their order (floor 2: pure)."""
