"""What bounds the flow of work, for any adapter: it knows no technology."""
