"""Bytes and values: frames, events, signatures. No sockets, no clock, no environment."""
