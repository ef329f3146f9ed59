"""The document as PDF: pages are laid out here, and written by reportlab (extra ``rendering``)."""
