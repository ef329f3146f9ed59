"""The working memory on Redis, Valkey or whatever speaks their protocol; alone or as a cluster."""
