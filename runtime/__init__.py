"""Settings, logs and Kafka clients: what every running process needs; no business rules."""
