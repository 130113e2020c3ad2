"""Reads an operation file, table by table. Every reader reports all it finds wrong and goes on."""
