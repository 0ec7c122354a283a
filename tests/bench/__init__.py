"""Benchmarks: `make bench`. Not collected by pytest; docs/performance.md says how they measure."""
