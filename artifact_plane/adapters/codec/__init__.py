"""Codec: canonical JSON, content digests, the gate for JSON from outside, 001's result formats, and the forms of
answers and of stored records, the same on every surface and in every database.
"""
