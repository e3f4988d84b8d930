"""Tests of a cardholder's story."""
