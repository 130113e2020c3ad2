"""The simplest platform there can be, its adapter, and its sandbox: to read before you write your own."""

from channels.kit.conformance.example.channel import CHANNEL

__all__ = ["CHANNEL"]
