"""What is kept in plain files: payloads, events and policies; and users' own files as byte sources."""
