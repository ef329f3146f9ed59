"""The renderer `document`: any meaning as Markdown, HTML or PDF."""
