"""Previews of parts: bounded, and never able to run what they show."""
