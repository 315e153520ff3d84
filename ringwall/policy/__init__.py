"""The policy language: its text, its syntax tree, its plain meaning."""
