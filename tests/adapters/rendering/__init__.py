"""The renderers: what they draw, and that they always draw the same."""
