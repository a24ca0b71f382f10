"""Benches: they print ratios, run by themselves and are no part of the tests."""
