"""What the requests of schemathesis must leave alone: whoever sends them. It takes identifiers out of answers, and would soon
stop the user or end the session that the rest of the run needs."""

import base64
import json
import os

import schemathesis

claims = os.environ["TOKEN"].split(".")[1]
claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
own = {claims["sub"], claims["sid"]}


@schemathesis.hook
def before_call(context, case, kwargs):
    found = case.path_parameters or {}
    for name, value in found.items():
        if value in own:
            found[name] = value[:4] + "f" * 13
