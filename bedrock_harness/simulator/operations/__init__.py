"""The operations that the simulator serves: how each is found, judged and answered. One module for those that belong together."""

from bedrock_harness.simulator.operations.operation import Call, Findings, Operation, World
from bedrock_harness.simulator.operations.routing import find, query_of
from bedrock_harness.simulator.operations.table import CONTAINER_PATH, OPERATIONS

__all__ = ["CONTAINER_PATH", "OPERATIONS", "Call", "Findings", "Operation", "World", "find", "query_of"]
