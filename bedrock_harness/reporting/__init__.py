"""Reports: consumers of the one stream of results. This room sees verdicts and nothing else."""

from bedrock_harness.reporting.findings import as_text
from bedrock_harness.reporting.junit import junit
from bedrock_harness.reporting.progress import Bar, Live
from bedrock_harness.reporting.results import ResultsError, encode, read, schema
from bedrock_harness.reporting.run import BAD, Run, Standing, collect, standing
from bedrock_harness.reporting.show import show
from bedrock_harness.reporting.terminal import print_run
from bedrock_harness.reporting.text import counted, escape, link
from bedrock_harness.reporting.theme import THEME

__all__ = [
    "BAD",
    "THEME",
    "Bar",
    "Live",
    "ResultsError",
    "Run",
    "Standing",
    "as_text",
    "collect",
    "counted",
    "encode",
    "escape",
    "junit",
    "link",
    "print_run",
    "read",
    "schema",
    "show",
    "standing",
]
