"""Prompts that are one text, taken apart into the turns that their template marks.

A model with no messages of its own is sent a conversation as text, with its maker's marks between the turns. Only text that
bears marks is taken apart; any other is what one user says. Knows no body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal, TypeAlias

from bedrock_harness.simulator.native.converse import body, text_message

__all__ = ["Template", "prompt_body"]

Template: TypeAlias = Literal["instructions", "lines", "none"]
"""`instructions`: Llama's headers and the [INST] of Mistral and Llama 2. `lines`: Titan's User and Bot."""

_MARKS: dict[Template, re.Pattern[str] | None] = {
    "instructions": re.compile(
        r"<\|(?:start_header_id|header_start)\|>(system|user|assistant)<\|(?:end_header_id|header_end)\|>"
        r"|(\[/?INST\])|(<</?SYS>>)"
    ),
    "lines": re.compile(r"^(User|Bot):", re.MULTILINE),
    "none": None,
}
_ROLES = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "[INST]": "user",
    "[/INST]": "assistant",
    "<<SYS>>": "system",
    "<</SYS>>": "user",
    "User": "user",
    "Bot": "assistant",
}
_BOUNDS = re.compile(r"</?s>|<\|(?:begin_of_text|end_of_text|eot_id|eot|eom_id|image)\|>")
"""Where a text, a turn or an image begins or ends: nothing that anybody says."""

_MOST = 10_000
"""Marks looked at: what follows the last one is its turn's, however many more it holds."""


def prompt_body(prompt: str, template: Template, **members: Any) -> dict[str, Any]:
    """The Converse body of a prompt; `members` are those of `converse.body`."""
    turns = list(_turns(prompt, _MARKS[template]))
    if not any(role == "user" for role, _ in turns):
        return body([text_message("user", prompt)], **members)
    system = [{"text": text} for role, text in turns if role == "system"]
    return body([text_message(role, text) for role, text in turns if role != "system"], system=system, **members)


def _turns(prompt: str, marks: re.Pattern[str] | None) -> Iterator[tuple[str, str]]:
    """Roles and texts. What is empty is no turn, such as the assistant's header at the end, which asks for an answer."""
    found = list(islice(marks.finditer(prompt), _MOST)) if marks else []
    for mark, following in zip(found, [*found[1:], None], strict=False):
        end = following.start() if following else len(prompt)
        text = _BOUNDS.sub("", prompt[mark.end() : end]).strip()
        role = next(group for group in mark.groups() if group is not None)
        if text:
            yield _ROLES[role], text
