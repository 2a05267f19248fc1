"""Faust agents on record batches: decode, translate, publish; no sums of their own, no SQL."""
