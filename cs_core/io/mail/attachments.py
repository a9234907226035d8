"""Files that mails carry: kept once in the database, however many mails carry them."""

import base64
import gzip

from cs_core.io.base.client import ServiceClient, call
from cs_core.io.mail.message import Attachment


class Attachments:
    """Reads attachments, each once; for one caller's work on the outbox."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client
        self._known: tuple[str, Attachment | None] | None = None

    def read(self, attachment_id: str | None) -> Attachment | None:
        """Return a file by its id; None where there is none (any more)."""
        if attachment_id is None:
            return None
        # The mails of one report stand together: the last one is all that is worth keeping.
        if self._known is None or self._known[0] != attachment_id:
            arguments = {"p_id": attachment_id}
            found = call(self._client, "Reading an attachment", "mail_attachment", arguments)
            file = None
            if found:
                content = gzip.decompress(base64.b64decode(found["content"]))
                file = Attachment(found["file_name"], content)
            self._known = (attachment_id, file)
        return self._known[1]


def store_attachment(client: ServiceClient, key: str, file_name: str, content: bytes) -> str:
    """Keep a file for mails to carry; return its id.

    `key`: the same key gives the file that was stored first.
    """
    # One request body takes some hundred kilobytes less than 1 MB; text shrinks to a fifth.
    packed = base64.b64encode(gzip.compress(content, mtime=0)).decode()
    arguments = {"p_key": key, "p_file_name": file_name, "p_content": packed}
    return str(call(client, "Storing an attachment", "store_attachment", arguments))
