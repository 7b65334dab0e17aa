"""Conformance tests and benchmarks for Amazon Bedrock Converse providers."""

__all__ = ["__version__"]

__version__ = "0.1.0"
"""As in pyproject.toml; written here since adapters see the code of the harness and not its installation."""
