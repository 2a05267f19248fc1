"""The shared language: vocabulary, event contracts, refusals, topics; it imports no other room."""
