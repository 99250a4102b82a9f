"""Bytes ↔ messages: facts, frames, pages, control messages, topics and the hash chain. Pure."""
