"""From a request to the bytes of its reply: judgement first, then the script. No socket, no loop.

Reply n of the script is encoded once and kept for the requests after it, so that a fault at byte N hits the same byte each
time it is played, in this run and the next.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from random import Random
from typing import TypeAlias
from uuid import UUID

from bedrock_harness.simulator.clock import Clock
from bedrock_harness.simulator.delivery import make_plan
from bedrock_harness.simulator.encoding import (
    HTTP_1_1_REQUIRED,
    Encoded,
    encode_malformed,
    encode_refusal,
    encode_reply,
    greeting,
    make_head,
)
from bedrock_harness.simulator.identities import Identities
from bedrock_harness.simulator.journal import Exchange, Journal
from bedrock_harness.simulator.judgement import judge
from bedrock_harness.simulator.requests import HTTP_VERSION_NOT_SUPPORTED, Limits, Received, Refused
from bedrock_harness.simulator.script import Delivery, Reply, Script
from bedrock_harness.simulator.sending import Outgoing
from bedrock_harness.simulator.timing import draw

__all__ = ["Chooser", "Responder"]

Chooser: TypeAlias = Callable[[Exchange], Reply | None]
"""Says what answers an authorised request, known to it as judged so far; None leaves that to the checks and the script."""


class Responder:
    """Judges and answers the requests of one simulator. `settle` must be called once for each exchange that it opens."""

    def __init__(
        self,
        *,
        region: str,
        identities: Identities,
        clock: Clock,
        seed: int,
        limits: Limits,
        observer: Callable[[Exchange | Refused], None] | None,
        chooser: Chooser | None = None,
    ) -> None:
        self.limits = limits
        self.journal = Journal()
        self._region = region
        self._identities = identities
        self._clock = clock
        self._seed = seed
        self._observer = observer
        self._chooser = chooser
        self._request_ids = Random(f"request-ids/{seed}")  # noqa: S311 - ids, not secrets
        self._script: Script = ()
        self._played = 0
        self._encoded: dict[tuple[int, bool], Encoded] = {}

    def play(self, script: Script) -> None:
        """Answer from the first reply of this script on. Exchanges under way keep the reply they have."""
        self._script, self._played, self._encoded = script, 0, {}
        self.journal.failures.clear()

    def respond(self, received: Received, connection: int, at: int) -> tuple[Exchange, Outgoing]:
        """Judge a request whose last byte came at that monotonic time, journal it, and say what goes out."""
        try:
            return self._respond(received, connection, at)
        except Exception as error:
            self.journal.failures.append(f"{type(error).__name__}: {error}")
            raise

    def _respond(self, received: Received, connection: int, at: int) -> tuple[Exchange, Outgoing]:
        verdict = judge(received.request, self._identities, region=self._region, at=self._clock.now())
        exchange = Exchange(
            number=len(self.journal),
            connection=connection,
            request=received.request,
            operation=verdict.operation,
            model=verdict.model,
            body=verdict.body,
            authorization=verdict.authorization,
            diagnosis=verdict.diagnosis,
            violations=verdict.violations,
            broken_rules=verdict.broken_rules,
            refused=verdict.refusal.code if verdict.refusal else None,
            received=at,
        )
        encoded = self._chosen(exchange)
        if encoded is None:
            encoded = encode_refusal(verdict.refusal) if verdict.refusal else self._next_reply(exchange)
        exchange.status = encoded.status
        self.journal.open(exchange)
        return exchange, self._outgoing(encoded, received)

    def refuse(self, refused: Refused) -> Outgoing:
        """Note bytes that are no request, and say what goes out to them."""
        self.journal.malformed.append(refused.reason)
        if self._observer is not None:
            self._observer(refused)
        if refused.status == HTTP_VERSION_NOT_SUPPORTED:
            return Outgoing(HTTP_1_1_REQUIRED, make_plan((), Delivery(), None), chunked=False, keep_alive=False)
        return self._outgoing(encode_malformed(refused), None)

    def settle(self, exchange: Exchange) -> None:
        """The exchange is over."""
        self.journal.close()
        if self._observer is not None:
            self._observer(exchange)

    # ---------------------------------------------------------------------------------------------------- the script

    def _chosen(self, exchange: Exchange) -> Encoded | None:
        if self._chooser is None or not exchange.authorization.valid:
            return None
        chosen = self._chooser(exchange)
        if chosen is None:
            return None
        exchange.reply, exchange.refused = chosen, None
        streamed = exchange.operation == "ConverseStream"
        return encode_reply(chosen, streamed=streamed, seed=f"{self._seed}/{exchange.number}")

    def _next_reply(self, exchange: Exchange) -> Encoded:
        streamed = exchange.operation == "ConverseStream"
        if not self._script:
            exchange.reply = greeting(exchange.model or "")
            return encode_reply(exchange.reply, streamed=streamed, seed=f"{self._seed}/greeting")
        index = min(self._played, len(self._script) - 1)
        self._played += 1
        exchange.reply = self._script[index]
        known = self._encoded.get((index, streamed))
        if known is None:
            known = encode_reply(self._script[index], streamed=streamed, seed=f"{self._seed}/{index}")
            self._encoded[index, streamed] = known
        return known

    def _outgoing(self, encoded: Encoded, received: Received | None) -> Outgoing:
        """Put a reply on its way to this peer; to None, of whom nothing is known, and nothing more is heard."""
        chunked = encoded.chunked and (received is None or received.chunked_ok)
        keep_alive = received is not None and received.keep_alive and not encoded.breaks_framing
        keep_alive = keep_alive and chunked == encoded.chunked
        date = format_datetime(self._clock.now(), usegmt=True)
        request_id = str(UUID(int=self._request_ids.getrandbits(128), version=4))
        head = make_head(encoded, date=date, request_id=request_id, chunked=chunked, keep_alive=keep_alive)
        bodiless = received is not None and received.request.method == "HEAD"
        plan = encoded.plan
        times = draw(plan.pace, len(plan.cuts), f"{self._seed}/{len(self.journal)}") if plan.pace else ()
        return Outgoing(head, plan, chunked, keep_alive, bodiless, times)
