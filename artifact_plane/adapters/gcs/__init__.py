"""Payloads in a bucket of Google Cloud Storage."""
