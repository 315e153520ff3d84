"""What a policy document says, asked of the document alone: no account, no organization, no resource."""
