"""The record store on PostgreSQL, shared by any number of processes: row security, group commit, migrations."""
