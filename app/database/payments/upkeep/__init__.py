"""What payments need beside their intake: partitions, links and words, proofs."""
