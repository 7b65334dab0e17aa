"""Conformance tests and benchmarks for Amazon Bedrock Converse providers."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("bedrock-harness")
