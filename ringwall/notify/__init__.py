"""Tells others what changed: EventBridge, SNS, Security Hub, a signed webhook, Slack."""
