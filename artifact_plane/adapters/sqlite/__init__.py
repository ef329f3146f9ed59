"""The record store and the working memory on SQLite: one file each, in WAL mode, shared by any number of processes."""
