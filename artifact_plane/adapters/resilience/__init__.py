"""Wrappers that make any adapter of a port hold out longer."""
