"""The demo's mail server changes its mind: it sends a mail of the inbox back as undeliverable."""

from __future__ import annotations

import email
import email.policy
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from verification.demo_inbox import find_raw


def returned(name: str) -> bytes | None:
    """The notification (RFC 3464) about the mail in that file; None when there is no such mail."""
    raw = find_raw(name)
    if raw is None:
        return None
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    told = MIMEMultipart("report", report_type="delivery-status")
    told["Subject"] = "Undelivered Mail Returned to Sender"
    told["Auto-Submitted"] = "auto-replied"
    told.attach(MIMEText("The mailbox does not exist.\n"))
    told.attach(_status(" ".join(str(mail.get("To", "")).split())))
    head = "".join(f"{field}: {value}\n" for field, value in mail.items())
    told.attach(MIMEText(head, "rfc822-headers"))
    return told.as_bytes()


def _status(recipient: str) -> Message:
    server, person = Message(), Message()
    server["Reporting-MTA"] = "dns; mail.demo.example.net"
    person["Final-Recipient"] = f"rfc822; {recipient}"
    person["Action"] = "failed"
    person["Status"] = "5.1.1"
    person["Diagnostic-Code"] = "smtp; 550 5.1.1 No such user here"
    status = MIMEBase("message", "delivery-status")
    status.attach(server)
    status.attach(person)
    return status
