"""HTTP: intake for WMS and TMS, and the board for people; no sums, no SQL."""
