"""The side of the simulator that faces the network: sockets, TLS, HTTP/1.1 and HTTP/2, the proxy, and bounds on all of it.

It hands whole requests to a `Host` and sends what it gets. What is asked and answered is none of its business.
"""

from bedrock_harness.simulator.listening.listener import Listener, bind
from bedrock_harness.simulator.listening.reception import Host
from bedrock_harness.simulator.listening.requests import Limits, Received, Refused
from bedrock_harness.simulator.listening.sending import Outgoing

__all__ = ["Host", "Limits", "Listener", "Outgoing", "Received", "Refused", "bind"]
