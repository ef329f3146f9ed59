"""Codec: canonical JSON, content digests, the gate for JSON from outside, and 001's result formats."""
