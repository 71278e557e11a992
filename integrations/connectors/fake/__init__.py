"""The sample shop (its API: integrations/fake_channel/CONTRACT.md); the example that other connectors copy."""
