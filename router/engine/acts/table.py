"""Every act by the name of its Lua file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.engine.acts import agents, contacts, reading, tokens, workspace

if TYPE_CHECKING:
    from router.engine.acts.act import Act

ACTS: dict[str, type[Act[Any]]] = {
    "intake": contacts.Intake,
    "patch": contacts.Patch,
    "left": contacts.Left,
    "cancel": contacts.Cancel,
    "requeue": contacts.Requeue,
    "reprioritise": contacts.Reprioritise,
    "transfer": contacts.Transfer,
    "connected": contacts.Connected,
    "reply": contacts.Reply,
    "connect_failed": contacts.ConnectFailed,
    "complete": contacts.Complete,
    "rate": contacts.Rate,
    "acknowledge": agents.Acknowledge,
    "accept": agents.Accept,
    "decline": agents.Decline,
    "presence": agents.SetPresence,
    "connect": agents.Connect,
    "disconnect": agents.Disconnect,
    "device": agents.SetDevice,
    "ready": agents.Ready,
    "renew": agents.Renew,
    "channel_open": workspace.OpenChannel,
    "channel_close": workspace.CloseChannel,
    "channel_status": workspace.SetChannelStatus,
    "create": workspace.Create,
    "era": workspace.BeginEra,
    "stage": workspace.StageOperation,
    "apply": workspace.ApplyOperation,
    "hours": workspace.SetHours,
    "swept": workspace.Swept,
    "customer_put": workspace.PutCustomer,
    "token_put": tokens.PutToken,
    "due": workspace.Due,
    "moment": reading.GetMoment,
    "operation": reading.GetOperation,
    "contact": reading.GetContact,
    "earlier": reading.GetEarlier,
    "find": reading.FindContact,
    "agent": reading.GetAgent,
    "work": reading.GetWork,
    "queue": reading.GetQueue,
    "states": reading.GetStates,
    "live": reading.GetLive,
    "list": reading.ListContacts,
    "account": reading.ListAccount,
    "unswept": reading.GetUnswept,
    "outdated": reading.GetOutdated,
    "customer": reading.GetCustomer,
    "explain": reading.Explain,
    "token": tokens.GetToken,
    "tokens": tokens.GetTokens,
}
"""Every act by the name of its Lua file."""
