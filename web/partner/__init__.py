"""What the partner API is composed of: credentials, conditions, problems, webhooks, uploads."""
