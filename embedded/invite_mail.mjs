// Mend 5: invitations. The lite server sends none. This writes GoTrue's: its template, around the
// token of a recovery mail, since the lite server verifies no tokens of invitations.
import { readFileSync } from "node:fs";

const template = readFileSync(
  new URL("../sql/supabase/templates/invite.html", import.meta.url),
  "utf8",
);
const SUBJECT = "You are invited to the WedSync customer-success dashboard";

function escape(text) {
  return String(text ?? "").replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// Write the invitation in place of the recovery mail that carries its token.
export function toInvitation(recovery, target, data) {
  const [, token] = recovery.html.match(/#token_hash=([0-9A-Za-z_-]+)/);
  const values = {
    ".RedirectTo": target,
    ".TokenHash": token,
    ".Email": recovery.to,
    ".Data.invited_by": data?.invited_by,
  };
  const html = template.replace(/\{\{ (\S+) \}\}/g, (_, name) => escape(values[name]));
  return { to: recovery.to, subject: SUBJECT, html };
}
