// Starts Supabase's lite server on a Postgres that is already up.
//
// The parent process talks to it over pipes: one line of JSON settings on
// standard input, then the word "serve" once the migrations are in. Standard
// output answers "schema" and "listening". When standard input closes, the
// parent is gone (even by kill -9) and this process ends too.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { App, SmtpEmailDriver } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { adminUsers } from "./admin_users.mjs";
import { failWhereConnectionIsLost, openSocket } from "./lost_connections.mjs";
import { grantSupabaseDefaults } from "./platform.mjs";
import { asInvitation, recoveryMails, withRedirect } from "./recovery_mail.mjs";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const settings = JSON.parse((await lines.next()).value);

// Mend 1: with postgres.js a json(b) argument of an rpc arrives encoded twice.
// Strings are already JSON here, so they pass as they are.
const asJson = (oid) => ({
  to: oid,
  from: [oid],
  serialize: (value) => (typeof value === "string" ? value : JSON.stringify(value)),
  parse: (text) => JSON.parse(text),
});

const connection = createPostgresConnection({
  url: settings.databaseUrl,
  postgresOptions: {
    max: 12,
    onnotice: () => {},
    socket: openSocket,
    types: { json: asJson(114), jsonb: asJson(3802) },
  },
});

// Mend 2: on its first request the server grants ALL on every table of every schema that has
// row level security to anon, authenticated and service_role, now and for tables to come.
// Hosted Supabase does not. Telling it that this is done keeps the migrations' own grants.
connection.rlsState = "active";

const recoveryTemplate = new URL("../sql/supabase/templates/recovery.html", import.meta.url);
const smtp = new SmtpEmailDriver({
  host: "127.0.0.1",
  port: settings.smtpPort,
  from: settings.mailFrom,
  requireTls: false,
});
const app = new App({
  connection,
  api: { max_rows: 1000 },
  auth: {
    enabled: true,
    // The publishable key is on every page's way to the browser: nobody signs
    // up by themselves; accounts are made by an admin.
    enable_signup: false,
    jwt_secret: settings.jwtSecret,
    publishable_key: settings.publishableKey,
    secret_key: settings.secretKey,
    site_url: settings.siteUrl,
    minimum_password_length: 8,
    email: {
      // The link holds a digest of this code: the longer, the harder to guess.
      otp_length: 10,
      otp_expiry: 3600,
      template: {
        recovery: {
          subject: "Choose a new password",
          content_path: fileURLToPath(recoveryTemplate),
        },
      },
    },
  },
  options: {
    server: { admin: false },
    drivers: {
      email: recoveryMails(smtp, settings.siteUrl),
    },
  },
});

// Mend 4: a query that Postgres ends fails alone; see there. Should postgres.js still write to a
// socket that is gone, between two statements say, that one request is lost, and not the server.
failWhereConnectionIsLost(connection.driver);
process.on("uncaughtException", (error) => {
  console.error(error);
  if (!(error instanceof TypeError && (error.stack ?? "").includes("/postgres/"))) process.exit(1);
});

await app.init();
await app.ensureSystemSchema();
await grantSupabaseDefaults(connection.driver);
console.log("schema");
if ((await lines.next()).value !== "serve") process.exit(0);

// Mend 3: GoTrue answers carry "2026-11-22 15:11:36.551+00"; supabase-py takes
// ISO 8601 only.
const SQL_TIMESTAMP = /"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00(?::00)?"/g;
async function withIsoTimestamps(response) {
  if (!(response.headers.get("content-type") ?? "").includes("json")) return response;
  const body = (await response.text()).replace(SQL_TIMESTAMP, '"$1T$2Z"');
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return new Response(response.status === 204 ? null : body, { status: response.status, headers });
}

const authUrl = `http://127.0.0.1:${settings.port}/auth/v1`;
const recovery = (email) =>
  new Request(`${authUrl}/recover`, {
    method: "POST",
    headers: { apikey: settings.publishableKey, "content-type": "application/json" },
    body: JSON.stringify({ email }),
  });
const sendInvitation = (email, target, data) =>
  asInvitation(target ?? settings.siteUrl, data, settings.siteUrl, () =>
    app.fetch(recovery(email), { peerAddress: null }),
  );
const answerAdmin = adminUsers(
  connection.driver,
  settings.secretKey,
  settings.passwordCost,
  sendInvitation,
);
const isAdmin = (pathname) =>
  pathname.startsWith("/auth/v1/admin/") || pathname === "/auth/v1/invite";
const server = serve(
  {
    hostname: "127.0.0.1",
    port: settings.port,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const response = isAdmin(pathname)
        ? await answerAdmin(request, pathname)
        : await withRedirect(request, settings.siteUrl, () =>
            app.fetch(request, { peerAddress: null }),
          );
      return pathname.startsWith("/auth/v1/") ? withIsoTimestamps(response) : response;
    },
  },
  () => console.log("listening"),
);
server.on("error", (error) => {
  console.error(error.code === "EADDRINUSE" ? `port ${settings.port} is taken` : String(error));
  process.exit(1);
});

for await (const _ of lines);
process.exit(0);
