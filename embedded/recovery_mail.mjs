// Mend 4: password recovery. The lite server sends its mail, but does not honour `redirect_to`
// (its links always lead to `site_url`, at which it is not), and it writes the text part itself,
// whatever the template says. GoTrue honours it where the host is that of the site, and sends
// the template alone.
import { AsyncLocalStorage } from "node:async_hooks";
import { toInvitation } from "./invite_mail.mjs";

const wanted = new AsyncLocalStorage();

function leadsHome(address, siteUrl) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) && url.hostname === new URL(siteUrl).hostname;
  } catch {
    return false;
  }
}

// Answer a request; where it asks for a recovery mail, remember where its link shall lead.
export function withRedirect(request, siteUrl, answer) {
  const url = new URL(request.url);
  const target = url.searchParams.get("redirect_to");
  if (url.pathname !== "/auth/v1/recover" || !target || !leadsHome(target, siteUrl)) {
    return answer();
  }
  return wanted.run({ target }, answer);
}

// Have a recovery mail written as an invitation. `recover` asks the lite server for one.
export function asInvitation(target, data, siteUrl, recover) {
  return wanted.run({ target: leadsHome(target, siteUrl) ? target : siteUrl, data }, recover);
}

// Send what a driver sends, with the link put right.
export function recoveryMails(driver, siteUrl) {
  return {
    async send(mail) {
      const { target, data } = wanted.getStore() ?? {};
      if (data) return driver.send(toInvitation(mail, target, data));
      const html = (mail.html ?? "").replaceAll(
        `href="${siteUrl}#`,
        () => `href="${(target ?? siteUrl).replaceAll("&", "&amp;").replaceAll('"', "&quot;")}#`,
      );
      return driver.send({ to: mail.to, subject: mail.subject, html });
    },
  };
}
