"""`python -m bedrock_harness` is `bedrock-harness`."""

from bedrock_harness.cli import main

main()
