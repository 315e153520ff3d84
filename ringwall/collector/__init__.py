"""Reads AWS. The only room that imports boto3."""
