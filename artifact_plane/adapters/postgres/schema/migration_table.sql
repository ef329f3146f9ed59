-- What was carried out: the first thing that a migration makes sure of.

CREATE SCHEMA IF NOT EXISTS artifact_plane;

CREATE TABLE IF NOT EXISTS artifact_plane.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
