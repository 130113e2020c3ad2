"""What the operation names, and what people call it."""

from __future__ import annotations

import msgspec

from router.domain.operation import Labels
from router.domain.wire import desk
from router.web.operation import EVERYBODY, Call, Reply, Table

table = Table()


@table.add("GET", "/operation", EVERYBODY, answer=desk.Operation)
async def get_operation(call: Call) -> Reply:
    """What the operation in force names: for desks, walls and adapters that show it."""
    operation = call.served.current.operation
    labels = {language: operation.labels.get(language, Labels()) for language in operation.languages}
    return Reply(
        desk.Operation(
            revision=call.served.current.revision,
            workspace=operation.workspace,
            timezone=operation.timezone,
            languages=operation.languages,
            dispositions=operation.dispositions,
            breaks=operation.breaks,
            skills=operation.skills,
            powers=operation.powers,
            queues=tuple(operation.queues),
            channels={name: channel.medium for name, channel in operation.channels.items()},
            media={
                name: desk.Medium(
                    cost=medium.cost,
                    most=medium.most,
                    answered_by=medium.answered_by,
                    offer_s=medium.offer_ms / 1000,
                    wrap_up_s=medium.wrap_up_ms / 1000,
                    reply_s=medium.answer_ms / 1000 if medium.answered_by == "reply" else None,
                )
                for name, medium in operation.media.items()
            },
            labels={language: desk.Labels(**msgspec.structs.asdict(said)) for language, said in labels.items()},
            quick_replies=list(operation.quick_replies.values()),
        )
    )
