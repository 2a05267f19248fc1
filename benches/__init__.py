"""Measured comparisons: throughput against peers, and the time from a leg to the open page."""
