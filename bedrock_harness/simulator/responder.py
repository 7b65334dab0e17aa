"""From a request to the bytes of its reply: judgement first, then whoever has something to say. No socket, no loop.

An authorised request is answered by the first of these: the chooser, the weather (faults of a whole server), the service's own
refusal, the script, a canned answer, the model that speaks by default. Reply n of the script is encoded once and kept for
the requests after it, so that a fault at byte N hits the same byte each time it is played, in this run and the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Literal, TypeAlias
from uuid import UUID

from msgspec import Struct, structs

from bedrock_harness.simulator.clock import Clock
from bedrock_harness.simulator.identities import Identities
from bedrock_harness.simulator.journal import Exchange, Journal
from bedrock_harness.simulator.judgement import Judgement, Measure, authorize, judge, refuse
from bedrock_harness.simulator.listening.requests import Limits, Received, Refused
from bedrock_harness.simulator.listening.sending import Outgoing
from bedrock_harness.simulator.operations import World
from bedrock_harness.simulator.refusals import Refusal
from bedrock_harness.simulator.rendering.encoding import (
    Encoded,
    encode_malformed,
    encode_refusal,
    encode_reply,
    http_date,
    make_head,
)
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.rendering.timing import draw
from bedrock_harness.simulator.script import Answer, Delivery, Reply, Script
from bedrock_harness.simulator.speaking import Canned, Speaker, choose
from bedrock_harness.simulator.weather import Weather

__all__ = ["Ages", "Chooser", "Conduct", "Responder"]

Chooser: TypeAlias = Callable[[Exchange], Reply | None]
"""Says what answers an authorised request, known to it as judged so far; None leaves that to the checks and the script."""

Ages: TypeAlias = Literal["arrival", "reply"]
"""When a signature's age is judged: when the request has arrived, or when its reply begins. Both have been seen:
anthropics/anthropic-sdk-go#122 the first, ReqLLM's guide to Bedrock the second."""

_PLAIN = Form()


class Conduct(Struct, frozen=True, kw_only=True):
    """How a simulator behaves towards every request."""

    measure: Measure
    seed: int = 0
    limits: Limits = Limits()
    ages: Ages = "arrival"
    lifetime: timedelta = timedelta(hours=1)
    """Of the credentials that the container's endpoint hands out."""
    unknown_status: int = 200
    """Of the reply to a path with no route: 200 as two clients saw it, 404 in another list."""
    deliver: Delivery = Delivery()
    """Of the replies that no script and no canned answer gives."""


class Responder:
    """Judges and answers the requests of one simulator. `settle` must be called once for each exchange that it opens."""

    def __init__(
        self,
        conduct: Conduct,
        *,
        identities: Identities,
        clock: Clock,
        weather: Weather,
        canned: tuple[Canned, ...] = (),
        observer: Callable[[Exchange | Refused], None] | None = None,
        chooser: Chooser | None = None,
    ) -> None:
        self.limits = conduct.limits
        self.journal = Journal()
        self._conduct = conduct
        self._identities = identities
        self._clock = clock
        self.weather = weather
        self.canned = canned
        self._observer = observer
        self.chooser = chooser
        self.control: Callable[[Received], Encoded | None] | None = None
        """Answers what is sent to the simulator itself, which is not journalled; None of every other request."""
        speaker = Speaker(conduct.seed)
        self._world = World(conduct.measure.region, identities, conduct.lifetime, speaker, clock.now)
        self._request_ids = Random(f"request-ids/{conduct.seed}")  # noqa: S311 - ids, not secrets
        self._script: Script = ()
        self._played = 0
        self._encoded: dict[tuple[int, str], Encoded] = {}

    @property
    def seed(self) -> int:
        """What decides all that is made up."""
        return self._conduct.seed

    def play(self, script: Script) -> None:
        """Answer from the first reply of this script on. Exchanges under way keep the reply they have."""
        self._script, self._played, self._encoded = script, 0, {}
        self.journal.failures.clear()

    def respond(self, received: Received, connection: int, at: int) -> tuple[Exchange | None, Outgoing]:
        """Judge a request whose last byte came at that monotonic time, journal it, and say what goes out.

        What the control answers is no exchange.
        """
        try:
            if self.control is not None and (controlled := self.control(received)) is not None:
                return None, self._outgoing(controlled, received)
            return self._respond(received, connection, at)
        except Exception as error:
            self.journal.failures.append(f"{type(error).__name__}: {error}")
            raise

    def _respond(self, received: Received, connection: int, at: int) -> tuple[Exchange, Outgoing]:
        verdict = judge(received.request, self._identities, self._conduct.measure, at=self._clock.now())
        exchange = Exchange(
            number=len(self.journal),
            connection=connection,
            request=received.request,
            operation=verdict.operation.name if verdict.operation else None,
            model=verdict.call.model or None if verdict.call else None,
            body=verdict.body,
            authorization=verdict.authorization,
            diagnosis=verdict.diagnosis,
            violations=verdict.violations,
            broken_rules=verdict.broken_rules,
            refused=verdict.refusal.code if verdict.refusal else None,
            received=at,
        )
        encoded = self._chosen(exchange, verdict) or self._refused(verdict) or self._next_reply(exchange, verdict)
        times = self._times(encoded, exchange)
        begins = next(iter(times or encoded.plan.times), 0.0)
        encoded = self._aged(exchange, verdict, encoded, begins)
        exchange.status = encoded.status
        self.journal.open(exchange)
        return exchange, self._outgoing(encoded, received, times)

    def refuse(self, refused: Refused) -> Outgoing:
        """Note bytes that are no request, and say what goes out to them."""
        self.journal.malformed.append(refused.reason)
        if self._observer is not None:
            self._observer(refused)
        return self._outgoing(encode_malformed(refused.status, refused.reason), None)

    def settle(self, exchange: Exchange) -> None:
        """The exchange is over."""
        self.journal.close(exchange)
        if self._observer is not None:
            self._observer(exchange)

    # ---------------------------------------------------------------------------------------------------- who answers

    def _chosen(self, exchange: Exchange, verdict: Judgement) -> Encoded | None:
        """What the chooser says, or else the weather: both come before the service's own checks of a body."""
        if not exchange.authorization.valid:
            return None
        chosen = self.chooser(exchange) if self.chooser is not None else None
        if chosen is None and verdict.operation is not None:
            chosen = self.weather.reply(self._clock.now().timestamp(), verdict.operation.name)
        if chosen is None:
            return None
        exchange.reply, exchange.refused = chosen, None
        return encode_reply(chosen, _form(verdict), seed=f"{self.seed}/{exchange.number}")

    def _refused(self, verdict: Judgement) -> Encoded | None:
        return self._refusal(verdict.refusal, verdict) if verdict.refusal else None

    def _refusal(self, refusal: Refusal, verdict: Judgement) -> Encoded:
        xml = verdict.operation is not None and verdict.operation.protocol == "query"
        return encode_refusal(refusal, unknown_status=self._conduct.unknown_status, xml=xml)

    def _next_reply(self, exchange: Exchange, verdict: Judgement) -> Encoded:
        operation, call = verdict.operation, verdict.call
        assert operation is not None
        assert call is not None
        form = operation.form(call)
        if not self._script or operation.service != "bedrock-runtime":
            exchange.reply = self._unscripted(verdict, form)
            return encode_reply(exchange.reply, form, seed=f"{self.seed}/{exchange.number}")
        index = min(self._played, len(self._script) - 1)
        self._played += 1
        exchange.reply = self._script[index]
        known = self._encoded.get((index, operation.name))
        if known is None:
            known = encode_reply(exchange.reply, form, seed=f"{self.seed}/{index}")
            if not form.of_request:
                self._encoded[index, operation.name] = known
        return known

    def _unscripted(self, verdict: Judgement, form: Form) -> Reply:
        """A canned reply where one is for a request to a model, else what the operation answers by itself.

        A canned answer is a model's: what asks for something else, such as a count, it is not for.
        """
        operation, call = verdict.operation, verdict.call
        assert operation is not None
        assert call is not None
        if self.canned and call.model:
            found = choose(self.canned, call.body, call.model, conversation=call.conversation)
            if found is not None and (form.speaks or not isinstance(found, Answer)):
                return found
        reply = operation.answer(call, self._world)
        return structs.replace(reply, deliver=self._conduct.deliver) if isinstance(reply, Answer) else reply

    def _aged(self, exchange: Exchange, verdict: Judgement, encoded: Encoded, wait: float) -> Encoded:
        """Judge the signature once more at the time when the reply begins, where that is when its age counts."""
        authorization = exchange.authorization
        if self._conduct.ages == "arrival" or not wait or not authorization.valid or authorization.scheme != "sigv4":
            return encoded
        request, measure, at = exchange.request, self._conduct.measure, self._clock.after(wait)
        again = authorize(request, self._identities, measure, at=at, service=verdict.signed_for)
        if again.valid:
            return encoded
        refusal = refuse(request, again, measure, at=at, service=verdict.signed_for)
        exchange.authorization, exchange.refused, exchange.reply = again, refusal.code, None
        late = self._refusal(refusal, verdict)
        return structs.replace(late, plan=structs.replace(late.plan, times=(wait,)))

    # --------------------------------------------------------------------------------------------------- on its way

    def _times(self, encoded: Encoded, exchange: Exchange) -> tuple[float, ...]:
        """When each piece of a reply with a pace goes out; the same for the same seed and number."""
        pace, pieces = encoded.plan.pace, len(encoded.plan.cuts)
        return draw(pace, pieces, f"{self.seed}/{exchange.number}") if pace else ()

    def _outgoing(self, encoded: Encoded, received: Received | None, times: tuple[float, ...] = ()) -> Outgoing:
        """Put a reply on its way to this peer; to None, of whom nothing is known, and nothing more is heard."""
        chunked = encoded.chunked and (received is None or received.chunked_ok)
        keep_alive = received is not None and received.keep_alive and not encoded.breaks_framing
        keep_alive = keep_alive and chunked == encoded.chunked
        date = http_date(int(self._clock.now().timestamp()))
        request_id = str(UUID(int=self._request_ids.getrandbits(128), version=4))
        head = make_head(encoded, date=date, request_id=request_id, chunked=chunked, keep_alive=keep_alive)
        bodiless = received is not None and received.request.method == "HEAD"
        return Outgoing(head, encoded.plan, chunked, keep_alive, bodiless, times)


def _form(verdict: Judgement) -> Form:
    return verdict.operation.form(verdict.call) if verdict.operation and verdict.call else _PLAIN
