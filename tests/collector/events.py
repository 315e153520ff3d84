"""Events of CloudTrail as EventBridge delivers them, in the shapes of the AWS documentation's example records."""

from __future__ import annotations

import json

OWNER = "111122223333"
CALLER = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:maria",
    "arn": f"arn:aws:sts::{OWNER}:assumed-role/Admin/maria",
    "accountId": OWNER,
    "accessKeyId": "ASIAEXAMPLE",
    "sessionContext": {"attributes": {"creationDate": "2025-03-11T17:28:00Z", "mfaAuthenticated": "true"}},
}


def an_event(service, name, request=None, response=None, *, region="eu-west-1", account=OWNER, **detail):
    """The body of a message; `detail` changes the record of the call."""
    record = {
        "eventVersion": "1.11",
        "userIdentity": CALLER,
        "eventTime": "2025-03-11T18:01:22Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.0",
        "userAgent": "aws-cli/2.15.13",
        "requestParameters": request,
        "responseElements": response,
        "requestID": "123abcde-f4gh-50ij-klmn-60o789012p30",
        "eventID": "0987g654-32f1-09e8-d765-c4f3fb2109fa",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    record |= detail
    return json.dumps(
        {
            "version": "0",
            "id": "36eb8523-97d0-4518-b33d-ee3579ff19f0",
            "detail-type": "AWS API Call via CloudTrail",
            "source": f"aws.{service}",
            "account": account,
            "time": "2025-03-11T18:01:22Z",
            "region": region,
            "resources": [],
            "detail": record,
        }
    )
